using System.Diagnostics;

namespace Kadeploy.Transfer.Tests.Processes;

/// <summary>What crosses the links between switches when the chain is in the order of the network, as the controller's ChainOrder makes it.</summary>
public sealed class RackTests : IDisposable
{
    private const int Racks = 3, Hosts = 6, Size = 8_000_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("kadeploy-racks").FullName;
    private readonly Namespaces _net = new(Hosts, "80mbit", Racks);
    private readonly List<MemberProcess> _members = [];

    public void Dispose()
    {
        foreach (var member in _members)
            member.Dispose();
        _net.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private void Ended(MemberProcess member, int seconds)
    {
        for (var waited = Stopwatch.StartNew(); !member.Ended; Thread.Sleep(5))
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(seconds), $"after {seconds} s a member was not done\n{string.Join("\n---\n", _members.Select(m => m.Said))}");
        Assert.True(member.ExitCode == 0, member.Said);
    }

    [Fact]
    public void ChainInTheOrderOfTheRacks_EachUplinkCarriesTheImageOnceEachWay()
    {
        File.WriteAllBytes(At("image"), Chain.RandomImage(Size));
        // Whoever was taken for silent would be fed again by another way.
        using (var plan = new MemberProcess(TimeSpan.FromMinutes(1), null, ["plan", At("image"), At("plan"), .. Enumerable.Range(0, Hosts).Select(i => $"{Namespaces.Address(i)}:25303")]))
            Ended(plan, 120);
        var before = Enumerable.Range(0, Racks).Select(_net.Uplink).ToArray();
        _members.Add(new MemberProcess(_net.Name(0), "head", At("plan"), At("image"), "120"));
        for (var i = 1; i < Hosts; i++)
            _members.Add(new MemberProcess(_net.Name(i), "node", At("plan"), $"{i}", At($"out{i}")));
        foreach (var member in _members[1..])
            Ended(member, 180);
        for (var i = 1; i < Hosts; i++)
            Assert.True(File.ReadAllBytes(At($"out{i}")).AsSpan().SequenceEqual(File.ReadAllBytes(At("image"))), $"node {i} has other bytes");
        for (var rack = 0; rack < Racks; rack++)
        {
            var now = _net.Uplink(rack);
            var (gone, come) = ((now.Out - before[rack].Out) / (double)Size, (now.In - before[rack].In) / (double)Size);
            // Once, with the headers of Ethernet, IP and TCP; else acknowledgements and heartbeats only.
            Assert.True(rack < Racks - 1 ? gone is > 1 and < 1.15 : gone < 0.1, $"{gone:0.00} of the image left rack {rack}");
            Assert.True(rack > 0 ? come is > 1 and < 1.15 : come < 0.1, $"{come:0.00} of the image came into rack {rack}");
        }
    }
}
