using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kadeploy.Testbed;

namespace Kadeploy.Machine.Tests;

/// <summary>
/// kadeployd ends as by SIGKILL after chosen writes of its journal, while two virtual machines are deployed; the next one goes on. Here a few such
/// moments within one deployment; <c>build/bench crash</c> takes every one, a deployment each.
/// </summary>
[Trait("Lane", "machine")]
public sealed partial class CrashTests
{
    private const string All = "KADEPLOY_CRASH_ALL";
    private const string From = "KADEPLOY_CRASH_FROM";
    private const string Stride = "KADEPLOY_CRASH_STRIDE";

    // A machine whose only request for its script meets a dead controller stays where it is until this is over, and is reset then.
    private const string ShortWait = "clusters: {default: {timeouts: {wait_reboot: 150}}}";

    [Fact]
    public void A_controller_that_dies_four_times_during_a_deployment_deploys_all_the_same_and_does_nothing_twice()
    {
        using var lab = Lab.Up("kd-crash", 2, []);
        foreach (var node in lab.Cluster.Nodes)
            lab.Add(node);

        // Each number counts from the start before: when the first agent has come, while disks are made, during the broadcast, and behind it.
        // Not before: a firmware whose only request for its script meets a dead controller gives up, and costs a whole limit of wait_reboot.
        Deploy(lab, [7, 6, 6, 6]);
    }

    [Fact]
    public void Every_write_of_the_journal_one_after_the_other()
    {
        // An hour and more: not a test of every day.
        if (Environment.GetEnvironmentVariable(All) is null)
            return;
        using var lab = Lab.Up("kd-crash-all", 2, [], _ => ShortWait);
        foreach (var node in lab.Cluster.Nodes)
            lab.Add(node);
        var (write, stride) = (Number(From), Number(Stride));
        var survived = 0;
        for (var clock = Stopwatch.StartNew(); Deploy(lab, [write]) == 1; write += stride, clock.Restart())
        {
            survived++;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"write {write}: survived, {clock.Elapsed.TotalSeconds:0} s"));
        }
        Console.WriteLine($"there is no write {write}; {survived} crashes, every one survived");
        Assert.True(write > 20, $"a deployment of two nodes has more than {write - 1} writes");
    }

    private static int Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : 1;

    /// <summary>One deployment with crashes in it; how many there were.</summary>
    private static int Deploy(Lab lab, IReadOnlyList<int> writes)
    {
        var logs = lab.Cluster.Nodes.ToDictionary(n => n.Name, n => File.Exists(n.SerialLog) ? new FileInfo(n.SerialLog).Length : 0);
        lab.RestartController(writes[0]);
        var deploying = Task.Run(() => lab.Kadeploy(
            TimeSpan.FromMinutes(8), "deploy", "-e", "tiny", "-m", "node-[1-2]", "-k", lab.PublicKey, "--boot", "kexec", "--json"));
        var crashes = 0;
        while (!deploying.Wait(TimeSpan.FromMilliseconds(200)))
        {
            if (!lab.ControllerHasEnded)
                continue;
            crashes++;
            lab.RestartController(crashes < writes.Count ? writes[crashes] : 0);
        }
        // With its last write; or there were not so many, and what follows is not to crash it.
        crashes += lab.ControllerHasEnded ? 1 : 0;
        if (crashes < writes.Count || lab.ControllerHasEnded)
            lab.RestartController(0);
        var run = deploying.Result;
        var where = $"crash after writes {string.Join(", ", writes)}: ";
        Assert.True(run.ExitCode == 0, $"{where}exit code {run.ExitCode}\n{run.Output}\n{run.Error}\n{lab.Evidence}");
        Assert.True(writes.Count == 1 || crashes == writes.Count, $"{where}there were {crashes} crashes only; {lab.Evidence}");
        AssertOnce(lab, where, run.Output, logs);
        return crashes;
    }

    private static void AssertOnce(Lab lab, string where, string document, Dictionary<string, long> logs)
    {
        using var json = JsonDocument.Parse(document);
        foreach (var state in json.RootElement.GetProperty("nodeStates").EnumerateArray())
        {
            Assert.Equal("deployed", state.GetProperty("verdict").GetString());
            var steps = state.GetProperty("steps").EnumerateArray()
                .Select(s => $"{s.GetProperty("macroStep").GetString()}/{s.GetProperty("microStep").GetString()} attempt {s.GetProperty("attempt").GetInt32()}").ToList();
            // A further try of the boot is no fault: what iPXE or the agent was being told when the controller died is lost, and both are told once.
            Assert.True(steps.Distinct().Count() == steps.Count,
                $"{where}{state.GetProperty("node").GetString()} went through {string.Join(", ", steps)}; {lab.Evidence}");
        }

        lab.MustSucceed("node", "power", "off", "-m", "node-[1-2]", "-y");
        foreach (var node in lab.Cluster.Nodes)
        {
            // What the agent says on the console when it is through with a step.
            var serial = SerialOf(node, logs[node.Name]);
            foreach (var step in new[] { "create_partition_table", "format_deploy_part", "send_environment", "kexec" })
            {
                var times = StepEnd().Matches(serial).Count(m => m.Groups[1].Value == step);
                Assert.True(times == 1, $"{where}{node.Name} carried out {step} {times.ToString(CultureInfo.InvariantCulture)} times; {lab.Evidence}");
            }
            Assert.Contains($"tiny: up as {node.Name}", serial, StringComparison.Ordinal);
            ImageComparison.AssertSame(new WrittenDisk(node.Disk), node.Name);
        }
    }

    private static string SerialOf(NodeDescription node, long from)
    {
        using var log = new FileStream(node.SerialLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        // A testbed that begins the log anew with every power-on has a shorter one.
        log.Position = from <= log.Length ? from : 0;
        using var reader = new StreamReader(log);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"step \S+/\d+-([a-z_]+)(?:\.\d+)?: (?:done|FAILED)")]
    private static partial Regex StepEnd();
}
