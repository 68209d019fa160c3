using System.Net;
using Kadeploy.Api;
using Kadeploy.Api.Audit;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Controller.Trust;
using Kadeploy.Protocol.V1;
using Kadeploy.TestSupport;
using Kadeploy.Transfer;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Kadeploy.Controller.Tests.Hostile;

/// <summary>
/// A foreign machine on the provisioning network does its worst while nodes are deployed: it is refused, the audit log says so, and no node of the job is harmed.
/// </summary>
public sealed class RogueHostTests : DeploymentTest
{
    private const string Node1 = "52:54:00:00:00:01";

    // Where the nodes are, too.
    private const string Neighbour = "127.0.0.1";

    private RogueHost Rogue => new(Controller);

    [Fact]
    public async Task Racing_a_booting_node_for_its_profile_gives_no_token_and_leaves_the_node_its_own()
    {
        await Controller.AddNodeAsync("node-1", Node1);
        await Controller.Service<ArmingStore>().ArmAsync(new Arming("node-1", "D-1", "a1"));

        for (var i = 0; i < 20; i++)
            Assert.DoesNotContain("kadeploy.token", await Rogue.ProfileAsync(Node1), StringComparison.Ordinal);

        Assert.Contains("kadeploy.token", await Controller.Boot.GetStringAsync($"/node.ipxe?mac={Node1}"), StringComparison.Ordinal);
        await AuditedAsync("boot.profile", "other-address", "node-1");
    }

    [Fact]
    public async Task A_token_read_from_the_wire_is_worth_nothing_elsewhere_or_a_second_time()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var (arrived, goOn) = Hold(machine, RunStep.StepOneofCase.Format);
        var id = await StartAsync("node-1");
        await arrived.Task.DoneAsync("the format step");
        var token = machine.Agent!.Token;

        Assert.Equal("other-address", (await Rogue.HelloAsync(Node1, token)).Refused?.Reason);
        // It has taken the node's address, too.
        var neighbour = new RogueHost(Controller, Neighbour);
        Assert.Equal("token-used", (await neighbour.HelloAsync(Node1, token)).Refused?.Reason);
        Assert.Equal("token-used", (await neighbour.HelloAsync("52:54:00:00:00:99", token)).Refused?.Reason);
        Assert.Equal("token-unknown", (await neighbour.HelloAsync(Node1, new string('a', 64))).Refused?.Reason);
        // And the secret that the token was exchanged for is bound to the boot.
        Assert.NotNull((await neighbour.HelloAsync(Node1, "", machine.Agent.Secret)).Refused);

        goOn.SetResult();
        await UnharmedAsync(id, machine);
        await AuditedAsync("agent.hello", "other-address", Node1);
        await AuditedAsync("agent.hello", "token-used", Node1, from: Neighbour);
        await AuditedAsync("agent.hello", "token-unknown", Node1, from: Neighbour);
    }

    [Fact]
    public async Task A_spoofed_mac_without_a_token_neither_takes_the_nodes_place_nor_changes_what_is_known_of_it()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var (arrived, goOn) = Hold(machine, RunStep.StepOneofCase.Format);
        var id = await StartAsync("node-1");
        await arrived.Task.DoneAsync("the format step");
        var own = Controller.Service<AgentSessions>().OfNode("node-1");

        Assert.Equal("token-missing", (await new RogueHost(Controller, Neighbour).HelloAsync(Node1)).Refused?.Reason);
        Assert.Equal("other-address", (await Rogue.HelloAsync(Node1)).Refused?.Reason);

        Assert.Same(own, Controller.Service<AgentSessions>().OfNode("node-1"));
        Assert.Equal("Test CPU", Controller.Service<MachineStore>().Find(Node1)!.Inventory!.CpuModel);
        goOn.SetResult();
        await UnharmedAsync(id, machine);
        await AuditedAsync("agent.hello", "token-missing", Node1, from: Neighbour);
    }

    [Fact]
    public async Task A_flood_of_invented_machines_is_limited_and_nodes_go_on()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var sessions = new List<RogueSession<ControllerMessage>>();
        try
        {
            for (var i = 0; i < 60; i++)
                sessions.Add(await Rogue.SessionAsync($"02:00:00:00:01:{i:x2}"));

            Assert.Equal(Enrolments.MostOfAddress, sessions.Count(s => s.Answer.Welcome is not null));
            Assert.All(sessions.Where(s => s.Answer.Refused is not null), s => Assert.Equal("too-many-enrolments", s.Answer.Refused.Reason));
            await UnharmedAsync(await StartAsync("node-1"), machine);
            await AuditedAsync("agent.hello", "too-many-enrolments", "");
        }
        finally
        {
            sessions.ForEach(s => s.Dispose());
        }
    }

    [Fact]
    public async Task A_flood_of_requests_for_profiles_is_cut_off_for_its_sender_only()
    {
        await Controller.AddNodeAsync("node-1", Node1);
        using var http = Rogue.Http($"http://{Controller.Address}:{Controller.Host.Addresses.Boot}");

        Assert.Equal("1", await FloodAsync(ListenerRole.Boot, () => http.GetAsync($"/node.ipxe?mac={Node1}")));

        Assert.Contains("sanboot", await Controller.Boot.GetStringAsync($"/node.ipxe?mac={Node1}"), StringComparison.Ordinal);
        await AuditedAsync("boot.request", "too-many-requests", "");
    }

    [Fact]
    public async Task A_flood_of_requests_for_the_API_is_cut_off_for_its_sender_only()
    {
        using var http = Rogue.Http(Controller.Api.BaseAddress!.ToString());

        Assert.Equal("1", await FloodAsync(ListenerRole.Api, () => http.GetAsync("/v1/nodes")));

        await Controller.GetAsync("/v1/nodes", ApiJson.Default.NodeList);
        await AuditedAsync("api.request", "too-many-requests", "");
    }

    [Fact]
    public async Task A_controller_that_was_posed_as_hears_of_it_from_its_nodes_only()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var (arrived, goOn) = Hold(machine, RunStep.StepOneofCase.Format);
        var id = await StartAsync("node-1");
        await arrived.Task.DoneAsync("the format step");
        await using var unknown = new FakeMachine(() => Controller, "02:00:00:00:02:01");
        unknown.PowerCycle();
        await Eventually.TrueAsync(() => unknown.Agent?.Welcomed is not null, "the unknown machine's agent to be let in");

        // Nobody vouches for that one: it could fill the log with inventions.
        await unknown.Agent!.TellStrangerAsync("192.0.2.77", "wrong-key");
        await unknown.Agent.TellInventoryAsync(new Inventory { CpuModel = "said after it" });
        await Eventually.TrueAsync(() => Controller.Service<MachineStore>().Find(unknown.Mac)?.Inventory?.CpuModel == "said after it", "what it said after it");
        await machine.Agent!.TellStrangerAsync(RogueHost.Elsewhere, "wrong-key", 3);

        await AuditedAsync("controller.pose", "wrong-key", "node-1");
        var line = Assert.Single(await LinesAsync("controller.pose"));
        Assert.Equal(("node-1", "3 times"), (line.Subject, line.Detail));
        goOn.SetResult();
        await UnharmedAsync(id, machine);
    }

    [Fact]
    public async Task The_word_of_a_system_that_is_being_replaced_is_refused_and_of_its_successor_believed()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        await Controller.EndOfAsync(await StartAsync("node-1"));
        var former = new Uri(machine.ReportUrl!);
        var (arrived, goOn) = Hold(machine, RunStep.StepOneofCase.Receive);
        var id = await StartAsync("node-1");
        await arrived.Task.DoneAsync("the receive step");

        Assert.Equal(HttpStatusCode.NotFound, await ReportAsync(Controller.Boot, former));

        machine.InstalledBootId = Guid.NewGuid().ToString("D");
        goOn.SetResult();
        var end = await Controller.EndOfAsync(id);
        Assert.Equal((NodeVerdict.Deployed, machine.InstalledBootId), (end.NodeStates[0].Verdict, end.NodeStates[0].Proof?.BootId));
        Assert.Equal(HttpStatusCode.NotFound, await ReportAsync(Controller.Boot, former));
        // Read on its way, it is worth nothing elsewhere.
        using var rogue = Rogue.Http($"http://{Controller.Address}:{Controller.Host.Addresses.Boot}");
        Assert.Equal(HttpStatusCode.NotFound, await ReportAsync(rogue, new Uri(machine.ReportUrl!)));
        await AuditedAsync("boot.report", "outdated-token", "node-1", from: Neighbour);
        await AuditedAsync("boot.report", "other-address", "node-1");
    }

    [Fact]
    public async Task Garbage_on_every_port_is_hung_up_on_and_told()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var (arrived, goOn) = Hold(machine, RunStep.StepOneofCase.Format);
        var id = await StartAsync("node-1");
        await arrived.Task.DoneAsync("the format step");
        var garbage = new byte[2000];
        new Random(3).NextBytes(garbage);
        var ports = Controller.Host.Addresses;

        foreach (var port in new[] { ports.Api, ports.Agents, ports.Boot, ports.Chain })
        {
            await Rogue.SayAsync(port, garbage);
            await Rogue.SayAsync(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            await Rogue.SayAsync(port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        }

        goOn.SetResult();
        await UnharmedAsync(id, machine);
        await AuditedAsync("api.connect", "no-tls", "");
        await AuditedAsync("agents.connect", "no-tls", "");
        await AuditedAsync("boot.request", "no-http", "");
        await AuditedAsync("boot.request", "not-served", "");
        await AuditedAsync("chain.connect", "no-key", "", "no-hello");
    }

    [Fact]
    public async Task A_relay_gives_nothing_to_who_does_not_have_the_key()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var (arrived, goOn) = Hold(machine, RunStep.StepOneofCase.Receive);
        var id = await StartAsync("node-1");
        var wire = (await arrived.Task.DoneAsync("the order to receive")).Receive.Plan;
        using var listener = ChainListener.Start(new IPEndPoint(IPAddress.Parse(RogueHost.Elsewhere), 0));
        // It knows all but the key, and calls itself the node.
        var plan = Transfer.TransferPlan.Unpack(wire.Packed.Span) with { Key = Transfer.TransferPlan.NewKey() };
        var file = Path.Combine(Controller.Folder.Path, "stolen");
        using (var sink = new Transfer.FileSink(file))
        {
            using var stop = new CancellationTokenSource();
            var stealing = new ChainHop(listener, plan, "node-1", sink).RunAsync(stop.Token);
            await AuditedAsync("chain.connect", "no-key", "", from: Neighbour);
            await stop.CancelAsync();
            var stolen = await stealing.DoneAsync("the end of the theft");
            Assert.NotNull(stolen.Failure);
            Assert.Equal(0, stolen.BytesVerified);
        }

        goOn.SetResult();
        await UnharmedAsync(id, machine);
    }

    [Fact]
    public async Task Reports_and_requests_without_their_token_are_refused()
    {
        using var content = new StringContent(Guid.NewGuid().ToString("D"));
        Assert.Equal(HttpStatusCode.NotFound, (await Controller.Boot.PostAsync($"/report/{new string('0', 64)}", content)).StatusCode);
        using var nobody = Controller.ClientOf(new string('0', 64));
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/v1/nodes")).StatusCode);

        await AuditedAsync("boot.report", "unknown-token", "", from: Neighbour);
        await AuditedAsync("api.request", "unauthenticated", "", from: Neighbour);
    }

    [Fact]
    public async Task A_knock_repeated_a_thousand_times_is_two_lines_of_the_audit_log()
    {
        for (var i = 0; i < 1000; i++)
            Controller.Service<Refusals>().Note("agent.hello", Node1, "token-used", "192.0.2.66", null);
        for (var i = 0; i < 1000; i++)
            Controller.Service<Refusals>().Note("agent.hello", Node1, "token-used", $"192.0.2.{i}", null);
        // Nobody waits for a line: they are written in order, and the last of those that may be is the two hundredth.
        IReadOnlyList<AuditEntry> lines = [];
        await Eventually.TrueAsync(async () => (lines = await LinesAsync("agent.hello")).Count >= 200, "as many lines as there may be in a minute");

        Assert.Equal(200, lines.Count);
        Assert.Single(lines, line => line.Address == "192.0.2.66");
    }

    private static (TaskCompletionSource<RunStep> Arrived, TaskCompletionSource GoOn) Hold(FakeMachine machine, RunStep.StepOneofCase at)
    {
        var (arrived, goOn) = (new TaskCompletionSource<RunStep>(), new TaskCompletionSource());
        machine.Answer = async step =>
        {
            if (step.StepCase == at && arrived.TrySetResult(step))
                await goOn.Task;
            return null;
        };
        return (arrived, goOn);
    }

    private async Task UnharmedAsync(string id, FakeMachine machine)
    {
        var end = await Controller.EndOfAsync(id);
        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Equal(2, machine.Boots);
    }

    /// <summary>The bucket of the rogue's address is emptied, and what it asks then is refused.</summary>
    /// <returns>Retry-After of the refusal, seconds.</returns>
    private async Task<string?> FloodAsync(ListenerRole role, Func<Task<HttpResponseMessage>> ask)
    {
        var limiter = Controller.Service<IOptions<RateLimiterOptions>>().Value.GlobalLimiter!;
        string? refused = null;
        // Tokens come back while it asks: emptied again until one request has come in between.
        await Eventually.TrueAsync(async () =>
        {
            for (var request = Request(RogueHost.Elsewhere); limiter.AttemptAcquire(request).IsAcquired;)
            {
            }
            using var answer = await ask();
            refused = answer.StatusCode == HttpStatusCode.TooManyRequests ? answer.Headers.RetryAfter?.ToString() : null;
            return refused is not null;
        }, "a request that is refused");
        Assert.True(limiter.AttemptAcquire(Request(Neighbour)).IsAcquired);
        return refused;

        DefaultHttpContext Request(string address)
        {
            var http = new DefaultHttpContext();
            http.Features.Set(new ServedOn(role));
            http.Connection.RemoteIpAddress = IPAddress.Parse(address);
            return http;
        }
    }

    private static async Task<HttpStatusCode> ReportAsync(HttpClient http, Uri url)
    {
        using var content = new StringContent(Guid.NewGuid().ToString("D"));
        using var answer = await http.PostAsync(url, content);
        return answer.StatusCode;
    }

    private async Task<IReadOnlyList<AuditEntry>> LinesAsync(string action) =>
        (await Controller.GetAsync($"/v1/audit?user={Refusals.Stranger}&action={action}&limit=1000", ApiJson.Default.AuditList)).Entries;

    private Task AuditedAsync(string action, string result, string subject, string? or = null, string from = RogueHost.Elsewhere) => Eventually.TrueAsync(
        async () => (await LinesAsync(action)).Any(e => (e.Result == result || e.Result == or) && e.Subject.Contains(subject, StringComparison.Ordinal) && e.Address == from),
        $"a line of the audit log with {action}, {result}, {subject}, {from}");
}
