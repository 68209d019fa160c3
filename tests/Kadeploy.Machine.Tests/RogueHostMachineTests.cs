using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Kadeploy.Machine.Tests.Rogue;
using Kadeploy.Machine.Tests.Support;
using Kadeploy.Protocol.V1;
using Kadeploy.Testbed;
using Kadeploy.TestSupport;

namespace Kadeploy.Machine.Tests;

/// <summary>
/// A foreign host on the network of real virtual machines, on a switch that shows it all traffic, does its worst before, while and after two of them are
/// deployed: nothing of it works, the audit log tells all of it, and both machines get what they were to get.
/// </summary>
[Trait("Lane", "machine")]
public sealed class RogueHostMachineTests
{
    private const string Own = "10.80.0.66";
    private const string OwnMac = "02:00:00:00:00:66";

    // Floods come from another address than stealth, or the limits for each would meet.
    private const string Loud = "10.80.0.67";

    // The interface that takes others' MACs: what comes for the former one is lost with every change.
    private const string Spoofed = "10.80.0.68";
    private const string Bystander = "10.80.0.69";
    private const string BystanderMac = "02:00:00:00:00:69";
    private const int ChainPort = 25303;

    // Of the chain's challenge (docs/chain-protocol.md): all that a connection without the key is told.
    private const int ChallengeBytes = 36;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly byte[] Garbage = MakeGarbage();

    [Fact]
    public async Task A_foreign_host_that_hears_everything_gets_nothing_of_two_machines_that_are_deployed_and_all_it_tried_is_told()
    {
        using var lab = Lab.Up("kd-rogue", 2, [], _ => "listen: {api: \"0.0.0.0:25300\"}");
        // A switch that learns MACs would send to whoever took one last, and the nodes would not boot: that is not Kadeploy's to prevent.
        lab.ShowEverythingToEverybody();
        foreach (var node in lab.Cluster.Nodes)
            lab.Add(node);
        using var host = lab.Attach("rogue", Own, Loud);
        using var mask = lab.Attach("mask", Spoofed);
        using var spoofer = new RogueMachine(mask, Spoofed, lab.Cluster.ControllerAddress, lab.Pin);
        using var rogue = new RogueMachine(host, Own, lab.Cluster.ControllerAddress, lab.Pin);
        using var loud = new RogueMachine(host, Loud, lab.Cluster.ControllerAddress, lab.Pin);
        using var ears = new Eavesdropper(lab);

        await AskForProfilesAsync(lab, mask, spoofer);
        await AskForProfilesAsync(lab, null, rogue);

        var deploying = Task.Run(() => lab.Kadeploy(TimeSpan.FromMinutes(8), "deploy", "-e", "tiny", "-m", "node-[1-2]", "-k", lab.PublicKey, "--boot", "kexec", "--json"));
        using var over = new CancellationTokenSource();
        var attacks = new List<Task>
        {
            Task.Run(() => RaceAsync(lab, mask, spoofer, over.Token)),
            Task.Run(() => ReplayAsync(lab, rogue, ears, deploying)),
            Task.Run(() => PoseAsync(lab, host)),
            Task.Run(() => BeLoudAsync(lab, loud)),
        };
        attacks.AddRange(lab.Cluster.Nodes.Select(node => Task.Run(() => KnockAsync(node, rogue, deploying))));
        var deployment = await deploying;
        await over.CancelAsync();
        await Task.WhenAll(attacks);

        AssertDeployed(lab, deployment);
        await AskForProfilesAsync(lab, mask, spoofer);
        await AskForProfilesAsync(lab, null, rogue);
        await Eventually.HoldsAsync($"a report is overheard; {lab.Evidence}", () => !ears.ReportTokens.IsEmpty, TimeSpan.FromMinutes(1));
        foreach (var (token, _) in ears.ReportTokens)
            Assert.Equal(System.Net.HttpStatusCode.NotFound, await rogue.ReportAsync(token));
        AssertTold(lab);
        lab.MustSucceed("node", "power", "off", "-m", "node-[1-2]", "-y");
        foreach (var node in lab.Cluster.Nodes)
            ImageComparison.AssertSame(new WrittenDisk(node.Disk), node.Name);
    }

    /// <summary>While nothing is armed: for the nodes and for itself, from an interface that takes the MAC asked for, or from its own.</summary>
    private static async Task AskForProfilesAsync(Lab lab, AttachedHost? mask, RogueMachine rogue)
    {
        foreach (var mac in lab.Cluster.Nodes.Select(n => n.Mac).Append(OwnMac))
        {
            mask?.TakeMac(mac);
            Assert.DoesNotContain("kadeploy.token", await rogue.ProfileAsync(mac), StringComparison.Ordinal);
        }
    }

    /// <summary>From before the nodes' power is switched on until they are deployed, with one node's MAC and then the other's.</summary>
    private static async Task RaceAsync(Lab lab, AttachedHost mask, RogueMachine rogue, CancellationToken over)
    {
        for (var turn = 0; !over.IsCancellationRequested; turn++)
        {
            mask.TakeMac(lab.Cluster.Nodes[turn % 2].Mac);
            for (var i = 0; i < 10 && !over.IsCancellationRequested; i++)
                foreach (var node in lab.Cluster.Nodes)
                    Assert.DoesNotContain("kadeploy.token", await rogue.ProfileAsync(node.Mac), StringComparison.Ordinal);
            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(1), over)); // a pace, not a wait
        }
    }

    /// <summary>What it overheard of a profile is used before the node's own agent can, as the node, as itself, and again when that agent has.</summary>
    private static async Task ReplayAsync(Lab lab, RogueMachine rogue, Eavesdropper ears, Task deploying)
    {
        await Eventually.HoldsAsync($"a profile is overheard; {lab.Evidence}", () => !ears.BootTokens.IsEmpty, Patience);
        var (mac, token) = ears.BootTokens.First();
        Assert.Equal("other-address", (await rogue.HelloAsync(mac, token)).Refused?.Reason);
        Assert.Equal("token-other-mac", (await rogue.HelloAsync(OwnMac, token)).Refused?.Reason);
        Assert.Equal("other-address", (await rogue.HelloAsync(mac)).Refused?.Reason);

        var node = lab.Cluster.Nodes.Single(n => n.Mac == mac);
        lab.Await(Patience, $"the agent of {node.Name} has used its token", () => deploying.IsCompleted || HasAgent(lab, node) ? node : null);
        Assert.Equal("token-used", (await rogue.HelloAsync(OwnMac, token)).Refused?.Reason);
    }

    private static bool HasAgent(Lab lab, NodeDescription node)
    {
        using var shown = JsonDocument.Parse(lab.MustSucceed("node", "show", node.Name, "--json"));
        return shown.RootElement.TryGetProperty("agent", out var agent) && agent.GetProperty("connected").GetBoolean();
    }

    /// <summary>At the port by which the nodes pass the image on, as soon as there is one.</summary>
    private static async Task KnockAsync(NodeDescription node, RogueMachine rogue, Task deploying)
    {
        var answers = 0;
        while (answers < 3)
        {
            Assert.False(deploying.IsCompleted, $"the relay of {node.Name} answered {answers} times only");
            if (await rogue.SayAsync(node.Ip, ChainPort, answers % 2 == 0 ? Garbage : "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), TimeSpan.FromSeconds(1)) is not { } heard)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100)); // a pace, not a wait
                continue;
            }
            answers++;
            Assert.InRange(heard.Length, 0, ChallengeBytes);
        }
    }

    /// <summary>An installed host with the genuine pin was told a foreign address for the controller's: it says nothing there, and tells the controller when it finds it.</summary>
    private static async Task PoseAsync(Lab lab, AttachedHost host)
    {
        using var bystander = lab.Attach("bystander", Bystander);
        lab.MustSucceed("node", "add", "--name", "bystander", "--mac", BystanderMac, "--address", Bystander);
        var token = lab.MustSucceed("node", "token", "bystander").Trim();
        await using var posing = new PosingController(host, Own, lab.Cluster.ControllerAddress);
        using var agent = new InstalledHost(bystander, $"{Own}:{PosingController.Port}", lab.Pin, token, lab.LogOf("bystander"));
        await Eventually.HoldsAsync($"an agent meets who poses as the controller; {lab.Evidence}", () => posing.Posed > 0, Patience);
        lab.Await(Patience, "the controller hears of who poses as it", () => Refusals(lab, "controller.pose") is { Count: > 0 } lines ? lines : null);
        Assert.Equal(0, posing.Told);
    }

    private static async Task BeLoudAsync(Lab lab, RogueMachine loud)
    {
        // Every port, three languages.
        foreach (var port in new[] { 25300, 25301, 25302, 25303 })
            foreach (var words in new[] { Garbage, "GET /etc/shadow HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray() })
                Assert.True((await loud.SayAsync(lab.Cluster.ControllerAddress, port, words))?.Length < 1000, $"port {port.ToString(CultureInfo.InvariantCulture)} is silent or talkative; {lab.Evidence}");

        var sessions = new List<RogueSession<ControllerMessage>>();
        try
        {
            for (var i = 0; i < 40; i++)
                sessions.Add(await loud.SessionAsync($"02:00:00:00:01:{i:x2}"));
            Assert.InRange(sessions.Count(s => s.Answer.Welcome is not null), 1, 16);
            Assert.All(sessions.Where(s => s.Answer.Refused is not null), s => Assert.Equal("too-many-enrolments", s.Answer.Refused.Reason));
            await loud.FloodProfilesAsync(OwnMac);
        }
        finally
        {
            sessions.ForEach(s => s.Dispose());
        }
    }

    private static void AssertDeployed(Lab lab, ProgramRun deployment)
    {
        Assert.True(deployment.ExitCode == 0, $"exit code {deployment.ExitCode}\n{deployment.Output}\n{deployment.Error}\n{lab.Evidence}");
        var image = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.ChangeExtension(Repository.TinyEnvironment, ".tar.zst"))));
        using var json = JsonDocument.Parse(deployment.Output);
        foreach (var state in json.RootElement.GetProperty("nodeStates").EnumerateArray())
        {
            Assert.Equal("deployed", state.GetProperty("verdict").GetString());
            Assert.Equal(image, state.GetProperty("proof").GetProperty("imageSha256").GetString());
        }
        foreach (var node in lab.Cluster.Nodes)
            lab.AwaitUp(node);
    }

    private static void AssertTold(Lab lab)
    {
        // What, the reason, from where, and about whom: any of these, where the same refusal of several is one line.
        (string Action, string Result, string Address, string[] Subjects)[] expected =
        [
            ("boot.profile", "other-address", Spoofed, ["node-1", "node-2"]),
            ("agent.hello", "other-address", Own, [.. lab.Cluster.Nodes.Select(n => n.Mac)]),
            ("agent.hello", "token-other-mac", Own, [OwnMac]),
            ("agent.hello", "token-used", Own, [OwnMac]),
            ("chain.connect", "no-hello", Own, ["node-1", "node-2"]),
            ("controller.pose", "wrong-key", Own, ["bystander"]),
            ("boot.report", "other-address", Own, ["node-1", "node-2"]),
            ("api.connect", "no-tls", Loud, [""]),
            ("agents.connect", "no-tls", Loud, [""]),
            ("boot.request", "no-http", Loud, [""]),
            ("boot.request", "not-served", Loud, [""]),
            ("chain.connect", "no-hello", Loud, [""]),
            ("agent.hello", "too-many-enrolments", Loud, [""]),
            ("boot.request", "too-many-requests", Loud, [""]),
        ];
        var lines = Refusals(lab, "");
        // The line of what was refused just now is written while its sender has its answer already.
        for (var clock = Stopwatch.StartNew(); expected.Any(e => !IsTold(e)) && clock.Elapsed < TimeSpan.FromMinutes(2); lines = Refusals(lab, ""))
            Thread.Sleep(TimeSpan.FromSeconds(1));
        Assert.All(expected, e => Assert.True(IsTold(e), $"no line of the audit log says {e.Action} {e.Result} from {e.Address}; it has\n{string.Join('\n', lines)}\n{lab.Evidence}"));
        // Nobody who means well was refused; but a node on a starved machine may need more than the two seconds that it has to prove the chain's key, and calls again.
        Assert.All(lines.Where(l => l.Action != "chain.connect"), l => Assert.Contains(l.Address, new[] { Own, Loud, Spoofed }));

        bool IsTold((string Action, string Result, string Address, string[] Subjects) e) =>
            lines.Any(l => l.Action == e.Action && l.Result == e.Result && l.Address == e.Address && e.Subjects.Any(s => l.Subject.Contains(s, StringComparison.Ordinal)));
    }

    private static List<(string Action, string Subject, string Result, string Address)> Refusals(Lab lab, string action)
    {
        using var json = JsonDocument.Parse(lab.MustSucceed(["audit", "--user", "stranger", "--limit", "1000", "--json", .. action.Length == 0 ? Array.Empty<string>() : ["--action", action]]));
        return [.. json.RootElement.GetProperty("entries").EnumerateArray().Select(e => (
            e.GetProperty("action").GetString()!, e.GetProperty("subject").GetString()!, e.GetProperty("result").GetString()!,
            e.TryGetProperty("address", out var address) ? address.GetString() ?? "" : ""))];
    }

    private static byte[] MakeGarbage()
    {
        var bytes = new byte[2000];
        new Random(3).NextBytes(bytes);
        return bytes;
    }
}
