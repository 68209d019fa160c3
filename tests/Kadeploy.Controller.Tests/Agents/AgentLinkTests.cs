using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Grpc.Core;
using Kadeploy.Api;
using Kadeploy.Api.Nodes;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Deployments.Engine;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Tests.Agents;

public sealed class AgentLinkTests : IAsyncLifetime
{
    private const string Mac = "52:54:00:00:00:01";
    private readonly List<FakeMachine> _machines = [];
    private TestController _controller = null!;

    // Nobody is cut off for being slow, and who is cut off has time to dial again.
    public async Task InitializeAsync() => _controller = await TestController.StartAsync("agentHeartbeat: 60\nagentGrace: 60");

    public async Task DisposeAsync()
    {
        foreach (var machine in _machines)
            await machine.DisposeAsync();
        await _controller.DisposeAsync();
    }

    [Fact]
    public async Task A_machine_that_nobody_registered_shows_what_it_is_and_waits()
    {
        var agent = await BootAsync(Mac);

        Assert.Equal(("", ""), (agent.Welcomed!.Node, agent.Welcomed.SessionSecret));
        var waiting = Assert.Single((await NodesAsync()).Nodes);
        Assert.Equal(("52-54-00-00-00-01", Kadeploy.Api.Nodes.NodeState.Unknown, false), (waiting.Name, waiting.State, waiting.Accepted));
        Assert.Equal(("bios", 1L << 30, "Test CPU"), (waiting.Inventory!.Firmware, waiting.Inventory.MemoryBytes, waiting.Inventory.CpuModel));
        Assert.Equal(("Test disk", "S1"), (waiting.Inventory.Disks[0].Model, waiting.Inventory.Disks[0].Serial));
        Assert.True(waiting.Agent!.Connected);
        Assert.Empty(agent.Received);
    }

    [Fact]
    public async Task Hundreds_who_never_end_their_handshake_keep_nobody_out()
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 300; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(_controller.Address, _controller.Host.Addresses.Agents);
                // Every third says nothing at all; the others begin a ClientHello (RFC 8446, 5.1).
                if (i % 3 > 0)
                    await socket.SendAsync(new byte[] { 22, 3, 1, 1, 0, 1 });
            }
            var agent = await BootAsync(Mac);

            Assert.NotNull(agent.Welcomed);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Accepted_it_is_a_node_with_its_mac_and_its_inventory()
    {
        await BootAsync(Mac);
        var body = JsonContent.Create(new AcceptNode("node-7", "192.0.2.17"), ApiJson.Default.AcceptNode);
        var (status, node, problem) = await _controller.SendAsync(HttpMethod.Post, "/v1/nodes/52-54-00-00-00-01/accept", body, ApiJson.Default.NodeInfo);

        Assert.True(status == HttpStatusCode.OK, problem?.Detail);
        Assert.Equal(("node-7", Kadeploy.Api.Nodes.NodeState.Idle, true, "192.0.2.17"), (node!.Name, node.State, node.Accepted, node.Address));
        Assert.Equal([Mac], node.Macs);
        Assert.NotNull(node.Inventory);
        Assert.Equal(["node-7"], (await NodesAsync()).Nodes.Select(n => n.Name));
    }

    [Fact]
    public async Task Accepted_while_its_agent_is_there_it_is_told_its_name_and_speaks_for_the_node()
    {
        var agent = await BootAsync(Mac);
        var body = JsonContent.Create(new AcceptNode("node-7"), ApiJson.Default.AcceptNode);
        await _controller.SendAsync(HttpMethod.Post, "/v1/nodes/52-54-00-00-00-01/accept", body, ApiJson.Default.NodeInfo);

        await Eventually.TrueAsync(() => agent.Welcomed!.Node == "node-7", "the welcome as a node");
        var before = _controller.Service<AgentSessions>().OfNode("node-7");
        Assert.NotNull(before);
        before.Close("the test cuts it");
        // Its secret lets it in again under its name.
        await Eventually.TrueAsync(() => _controller.Service<AgentSessions>().OfNode("node-7") is { } now && now != before, "the redial");
    }

    [Fact]
    public async Task A_nodes_token_lets_its_installed_host_in_and_nothing_but_files_is_asked_of_it()
    {
        _controller = await _controller.RestartAsync("agentGrace: 1");
        await _controller.AddNodeAsync("node-1", Mac);
        var (_, token, _) = await _controller.SendAsync(HttpMethod.Post, "/v1/nodes/node-1/token", null, ApiJson.Default.NodeToken);
        await using var machine = new FakeMachine(() => _controller, "");
        await using var agent = new FakeAgent(machine, token!.Token, _controller.Host.Pin);
        agent.Dial(_controller.AgentsAddress);

        await Eventually.TrueAsync(() => agent.Welcomed is not null, "the welcome");
        Assert.Equal(("node-1", ""), (agent.Welcomed!.Node, agent.Welcomed.SessionSecret));
        var outcome = RunAsync(new AgentOrder.Sync(), "s-1");
        var failed = Assert.IsType<Outcome.Failed>(await outcome.DoneAsync("the outcome of a deployment's step"));
        Assert.Equal("no-agent", failed.Reason);
        Assert.Empty(agent.Received);
    }

    [Fact]
    public async Task Accepting_a_machine_that_does_not_wait_is_refused()
    {
        var body = JsonContent.Create(new AcceptNode("node-7"), ApiJson.Default.AcceptNode);
        var (status, _, problem) = await _controller.SendAsync(HttpMethod.Post, "/v1/nodes/52-54-00-00-00-99/accept", body, ApiJson.Default.NodeInfo);
        Assert.Equal((HttpStatusCode.NotFound, "not-waiting"), (status, problem!.Reason));
    }

    [Fact]
    public async Task A_token_lets_in_once_and_its_copy_is_turned_away()
    {
        var agent = await ArmedAsync();
        Assert.Equal("node-1", agent.Welcomed!.Node);
        Assert.Equal(64, agent.Welcomed.SessionSecret.Length);

        await using var copy = new FakeMachine(() => _controller, Mac);
        await using var thief = new FakeAgent(copy, agent.Token, _controller.Host.Pin);
        thief.Dial(_controller.AgentsAddress);
        await Eventually.TrueAsync(() => thief.Refused is not null, "the refusal");
        Assert.Equal("token-used", thief.Refused!.Reason);
    }

    [Fact]
    public async Task A_redial_in_the_same_boot_shows_its_secret_and_needs_no_token()
    {
        var agent = await ArmedAsync();
        var before = _controller.Service<AgentSessions>().OfNode("node-1");

        before!.Close("the test cuts it");

        await Eventually.TrueAsync(() => _controller.Service<AgentSessions>().OfNode("node-1") is { } now && now != before, "the redial");
        Assert.Null(agent.Refused);
    }

    [Fact]
    public async Task A_secret_from_another_boot_is_worth_nothing()
    {
        var agent = await ArmedAsync();
        await using var machine = new FakeMachine(() => _controller, Mac);
        await using var thief = new FakeAgent(machine, agent.Token, _controller.Host.Pin) { Secret = agent.Secret };
        thief.Dial(_controller.AgentsAddress);
        await Eventually.TrueAsync(() => thief.Refused is not null, "the refusal");
    }

    [Fact]
    public async Task A_silent_agent_is_gone_after_three_heartbeats()
    {
        _controller = await _controller.RestartAsync("agentHeartbeat: 1");
        var agent = await BootAsync(Mac);
        agent.Mute = true;
        agent.MayRedial = false;
        await Eventually.TrueAsync(() => _controller.Service<AgentSessions>().Find(Mac) is null, "the end of the session");
    }

    [Fact]
    public async Task A_stream_that_does_not_begin_with_hello_is_ended()
    {
        using var channel = _controller.Channel();
        using var call = new AgentLink.AgentLinkClient(channel).Session();
        await call.RequestStream.WriteAsync(new AgentMessage { Heartbeat = new Heartbeat() });
        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
    }

    [Theory]
    [InlineData(2, Mac, "00000000-0000-0000-0000-000000000001", "protocol")]
    [InlineData(1, "nothing", "00000000-0000-0000-0000-000000000001", "bad-hello")]
    [InlineData(1, Mac, "nothing", "bad-hello")]
    public async Task A_hello_that_makes_no_sense_is_refused(uint protocol, string mac, string bootId, string reason)
    {
        using var channel = _controller.Channel();
        using var call = new AgentLink.AgentLinkClient(channel).Session();
        await call.RequestStream.WriteAsync(new AgentMessage { Hello = new Hello { Protocol = protocol, Mac = mac, BootId = bootId } });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(reason, call.ResponseStream.Current.Refused.Reason);
    }

    [Fact]
    public async Task Without_auto_enrolment_an_unknown_machine_boots_its_disk_and_is_turned_away()
    {
        _controller = await _controller.RestartAsync("autoEnrol: false");
        Assert.Contains("sanboot", await _controller.Boot.GetStringAsync($"/node.ipxe?mac={Mac}&platform=pcbios"), StringComparison.Ordinal);
        await using var machine = new FakeMachine(() => _controller, Mac);
        await using var agent = new FakeAgent(machine, "", _controller.Host.Pin);
        agent.Dial(_controller.AgentsAddress);
        await Eventually.TrueAsync(() => agent.Refused is not null, "the refusal");
        Assert.Equal("enrolment-off", agent.Refused!.Reason);
        Assert.Empty((await NodesAsync()).Nodes);
    }

    [Fact]
    public async Task A_step_sent_before_a_cut_is_finished_after_the_redial_and_acknowledged()
    {
        var machine = Machine();
        var goOn = new TaskCompletionSource<StepResult?>();
        machine.Answer = _ => goOn.Task;
        var agent = await ArmedAsync(machine);

        var step = RunAsync(new AgentOrder.Sync(), "s-1");
        await Eventually.TrueAsync(() => agent.Received.Count == 1, "the step");
        _controller.Service<AgentSessions>().OfNode("node-1")!.Close("the test cuts it");
        await Eventually.TrueAsync(() => agent.Received.Count == 2, "the step again");
        goOn.SetResult(null);

        Assert.IsType<Outcome.Done>(await step.DoneAsync("the step's outcome"));
        Assert.Equal(["s-1", "s-1"], agent.Received.Select(r => r.StepId));
        // Not before the engine has it in its journal, which this step has not.
        Assert.Empty(agent.Acknowledged);
        _controller.Service<AgentSteps>().Acknowledge("s-1", ["node-1"]);
        await Eventually.TrueAsync(() => !agent.Acknowledged.IsEmpty, "the acknowledgement");
        Assert.Single(agent.Acknowledged);
    }

    [Fact]
    public async Task A_step_of_an_agent_that_stays_away_fails_as_agent_lost()
    {
        _controller = await _controller.RestartAsync("agentHeartbeat: 60\nagentGrace: 1");
        var machine = Machine();
        machine.Answer = _ => new TaskCompletionSource<StepResult?>().Task;
        var agent = await ArmedAsync(machine);
        var step = RunAsync(new AgentOrder.Sync(), "s-1");
        await Eventually.TrueAsync(() => agent.Received.Count == 1, "the step");

        await machine.DieAsync();

        var failed = Assert.IsType<Outcome.Failed>(await step.DoneAsync("the step's outcome"));
        Assert.Equal((Party.Agent, "agent-lost"), (failed.Party, failed.Reason));
        Assert.Contains("node-1", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_plan_is_told_as_what_it_changes_and_again_to_an_agent_that_was_away()
    {
        var machine = Machine();
        machine.Answer = _ => new TaskCompletionSource<StepResult?>().Task;
        var agent = await ArmedAsync(machine);
        var members = Enumerable.Range(0, 500).Select(i => new Transfer.ChainMember(i == 0 ? "head" : $"node-{i}", new IPEndPoint(IPAddress.Loopback, 1000 + i)));
        var plan = Transfer.TransferPlan.Create(Transfer.Manifest.Compute(new MemoryStream(new byte[100])), members);
        _ = RunAsync(new AgentOrder.ReceiveFile(plan, "x", false, "none"), "s-1");
        await Eventually.TrueAsync(() => agent.Received.Count == 1, "the step");

        _controller.Service<AgentSteps>().Replan(plan.WithDead(["node-2", "node-400"]));

        await Eventually.TrueAsync(() => agent.Changes.Count == 1, "the newer plan");
        var change = agent.Changes.Single();
        Assert.Equal((plan.TransferId.ToString("D"), 2UL), (change.TransferId, change.Epoch));
        Assert.Equal([2U, 400U], change.Excluded);
        Assert.True(change.CalculateSize() < 60, $"{change.CalculateSize()} bytes for each agent");
        _controller.Service<AgentSessions>().OfNode("node-1")!.Close("the test cuts it");
        await Eventually.TrueAsync(() => agent.Changes.Count == 2, "the newer plan again");
        Assert.Equal(change, agent.Changes.Last());
    }

    [Fact]
    public async Task What_a_switch_says_to_an_agent_later_tells_the_nodes_place()
    {
        var agent = await ArmedAsync();
        var node = _controller.Service<NodeStore>().Find("node-1")!.Node;
        Assert.Empty(_controller.Service<NodePlaces>().PathsOf([node])["node-1"]);

        await agent.TellInventoryAsync(new Protocol.V1.Inventory
        {
            Interfaces = { new NetworkInterface { Name = "eth0", Mac = Mac, Switch = "tor-14", SwitchPort = "Gi1/0/7" }, new NetworkInterface { Name = "eth1", Switch = "other" } },
        });

        await Eventually.TrueAsync(() => _controller.Service<NodePlaces>().PathsOf([node])["node-1"] is ["tor-14"], "the node's switch");
        var placed = node with { Attributes = new Dictionary<string, string> { ["switch"] = "core/tor-2" } };
        Assert.Equal(["core", "tor-2"], _controller.Service<NodePlaces>().PathsOf([placed])["node-1"]);
    }

    [Fact]
    public async Task What_an_agent_says_is_bounded()
    {
        var machine = Machine();
        machine.Answer = _ => Task.FromResult<StepResult?>(new StepResult
        {
            Failed = new Failed { Party = "nobody we know", Reason = "Some Reason\n", Detail = new string('x', 100_000) },
        });
        await ArmedAsync(machine);

        var failed = Assert.IsType<Outcome.Failed>(await RunAsync(new AgentOrder.Sync(), "s-1").DoneAsync("the step's outcome"));

        Assert.Equal((Party.Agent, "agent-failed", 4096), (failed.Party, failed.Reason, failed.Detail.Length));
    }

    private Task<Outcome> RunAsync(AgentOrder order, string stepId) => _controller.Service<AgentSteps>().RunAsync(
        "node-1", "D-1", stepId, order, DateTimeOffset.UtcNow.AddMinutes(10), new SilentListener(), CancellationToken.None);

    private FakeMachine Machine(string mac = Mac)
    {
        var machine = new FakeMachine(() => _controller, mac);
        _machines.Add(machine);
        return machine;
    }

    private async Task<FakeAgent> BootAsync(string mac, FakeMachine? machine = null)
    {
        machine ??= Machine(mac);
        machine.PowerCycle();
        await machine.BootedAsync();
        await Eventually.TrueAsync(() => machine.Agent?.Welcomed is not null, "the agent's welcome");
        return machine.Agent!;
    }

    private async Task<FakeAgent> ArmedAsync(FakeMachine? machine = null)
    {
        await _controller.AddNodeAsync("node-1", Mac);
        await _controller.Service<ArmingStore>().ArmAsync(new Arming("node-1", "D-1", "a1"));
        return await BootAsync(Mac, machine);
    }

    private Task<NodeList> NodesAsync() => _controller.GetAsync("/v1/nodes", ApiJson.Default.NodeList);

    private sealed class SilentListener : IStepListener
    {
        public void Progress(string activity, long done, long total)
        {
        }

        public void Transfer(TransferSighting sighting)
        {
        }
    }
}
