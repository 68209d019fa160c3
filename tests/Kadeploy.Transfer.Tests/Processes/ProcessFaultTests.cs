using System.Diagnostics;

namespace Kadeploy.Transfer.Tests.Processes;

/// <summary>
/// A handful of the faults that <c>build/bench chain --faults</c> goes through: real processes behind shaped links, the middle one of three struck when
/// it has a tenth of the image.
/// </summary>
public sealed class ProcessFaultTests : IDisposable
{
    private const int Receivers = 3, Victim = 2, Size = 12_000_000;

    // Slow until the victim was struck: 8 s from when it has some to when it had all. Then there is nothing more to be late for.
    private const string Slow = "10mbit", Fast = "100mbit";
    private readonly string _folder = Directory.CreateTempSubdirectory("kadeploy-chain").FullName;
    private readonly Namespaces _net = new(Receivers + 1, Slow);
    private readonly MemberProcess?[] _members = new MemberProcess?[Receivers + 1];

    public void Dispose()
    {
        foreach (var member in _members)
            member?.Dispose();
        _net.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private static void Until(Func<bool> ready, int seconds, Func<string> otherwise)
    {
        for (var waited = Stopwatch.StartNew(); !ready(); Thread.Sleep(5))
            if (waited.Elapsed > TimeSpan.FromSeconds(seconds))
                Assert.Fail($"after {seconds} s {otherwise()}");
    }

    private string Story() => string.Join("\n", _members.Select((m, i) => $"--- {i}\n{m?.Said}"));

    private void Plan()
    {
        File.WriteAllBytes(At("image"), Chain.RandomImage(Size));
        using var plan = new MemberProcess(null, ["plan", At("image"), At("plan"), .. Enumerable.Range(0, Receivers + 1).Select(i => $"{Namespaces.Address(i)}:25303")]);
        Until(() => plan.Ended, 120, () => "the plan was not written");
        Assert.True(plan.ExitCode == 0, plan.Said);
    }

    private void StartHead() => _members[0] = new MemberProcess(_net.Name(0), "head", At("plan"), At("image"), "120");

    private void StartNode(int i) => _members[i] = new MemberProcess(_net.Name(i), "node", At("plan"), $"{i}", At($"out{i}"));

    private void AllWhole(params int[] nodes)
    {
        _net.Shape(Fast);
        Until(() => nodes.All(i => _members[i]!.Ended), 180, () => $"not all of {string.Join(",", nodes)} were done\n{Story()}");
        foreach (var i in nodes)
        {
            Assert.True(_members[i]!.ExitCode == 0, $"node {i} failed\n{Story()}");
            Assert.True(File.ReadAllBytes(At($"out{i}")).AsSpan().SequenceEqual(File.ReadAllBytes(At("image"))), $"node {i} has other bytes\n{Story()}");
        }
    }

    private void WhenVictimHasSome() => Until(() => new FileInfo(At($"out{Victim}")) is { Exists: true, Length: > Size / 10 }, 180, () => $"the victim had nothing\n{Story()}");

    private void VictimIsSaidToBe(params string[] reasons) =>
        Assert.True(reasons.Any(r => Story().Contains($" node-{Victim} {r}:", StringComparison.Ordinal)), $"nobody said that node {Victim} is {string.Join(" or ", reasons)}\n{Story()}");

    [Fact]
    public void KilledProcess_OthersGetTheImage()
    {
        Plan();
        StartHead();
        for (var i = 1; i <= Receivers; i++)
            StartNode(i);
        WhenVictimHasSome();
        _members[Victim]!.Kill();
        AllWhole(1, 3);
        VictimIsSaidToBe(Reasons.Dead);
    }

    [Fact]
    public void StoppedProcess_OthersGetTheImage()
    {
        Plan();
        StartHead();
        for (var i = 1; i <= Receivers; i++)
            StartNode(i);
        WhenVictimHasSome();
        _members[Victim]!.Freeze();
        AllWhole(1, 3);
        VictimIsSaidToBe(Reasons.Frozen, Reasons.Silent);
    }

    [Fact]
    public void LinkDown_OthersGetTheImage()
    {
        Plan();
        StartHead();
        for (var i = 1; i <= Receivers; i++)
            StartNode(i);
        WhenVictimHasSome();
        _net.Cut(Victim);
        AllWhole(1, 3);
        VictimIsSaidToBe(Reasons.Silent);
    }

    [Fact]
    public void HeadsProcessKilledAndStartedAgain_AllGetTheImage()
    {
        Plan();
        StartHead();
        for (var i = 1; i <= Receivers; i++)
            StartNode(i);
        WhenVictimHasSome();
        _members[0]!.Dispose();
        StartHead();
        AllWhole(1, 2, 3);
    }

    [Fact]
    public void ForeignProcessWithoutTheKey_GetsNothingAndHarmsNobody()
    {
        Plan();
        using var rekey = new MemberProcess(null, "rekey", At("plan"), At("foreign"));
        Until(() => rekey.Ended, 120, () => "the foreign plan was not written");
        StartHead();
        StartNode(1);
        StartNode(3);
        using var foreign = new MemberProcess(_net.Name(2), "node", At("foreign"), "2", At("stolen"), "25304");
        StartNode(2);
        AllWhole(1, 2, 3);
        Assert.True(!File.Exists(At("stolen")) || new FileInfo(At("stolen")).Length == 0, "the foreign process was given bytes");
    }
}
