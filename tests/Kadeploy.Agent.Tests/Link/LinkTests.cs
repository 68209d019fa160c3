using System.Threading.Channels;
using Grpc.Net.Client;
using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Link;
using Kadeploy.Agent.Steps;
using Kadeploy.Agent.Transfers;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Agent.Tests.Link;

/// <summary>The agent's side of agent.proto against a controller played by the test, over HTTP/2 on loopback.</summary>
public sealed class LinkTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TransferHost _transfers = TransferHost.Start(0, static (_, _) => { });
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<SessionEnd> _ends = Channel.CreateUnbounded<SessionEnd>();
    private FakeController _controller = null!;
    private readonly List<Task> _agents = [];

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();
        _folder.Write("proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n");
        _folder.Write("sys/class/dmi/id/product_name", "Test Machine\n");
        _folder.Write("sys/block/vda/size", "2097152\n");
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_agents).ContinueWith(static _ => { }, TaskScheduler.Default);
        await _controller.DisposeAsync();
    }

    public void Dispose()
    {
        _transfers.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Session_Begins_WithHelloThatDescribesTheMachine()
    {
        StartAgent();

        var hello = (await _controller.NextSessionAsync()).Hello;

        Assert.Equal((1u, "token-1", "52:54:00:00:00:01", ""), (hello.Protocol, hello.Token, hello.Mac, hello.SessionSecret));
        Assert.Equal("11111111-2222-3333-4444-555555555555", hello.BootId);
        Assert.Equal(_transfers.Port, (int)hello.ChainPort);
        Assert.Equal(("Test Machine", "bios"), (hello.Inventory.Product, hello.Inventory.Firmware));
        Assert.Equal(("vda", 1UL << 30), (hello.Inventory.Disks.Single().Name, hello.Inventory.Disks.Single().SizeBytes));
    }

    [Fact]
    public async Task Run_Script_ReportsProgressAndResult()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();

        await session.RunScriptAsync("s1", $"echo ran > {_folder["ran"]}");

        var result = await session.ResultAsync("s1");
        Assert.Equal(StepResult.OutcomeOneofCase.Done, result.OutcomeCase);
        Assert.Equal("ran\n", File.ReadAllText(_folder["ran"]));
    }

    [Fact]
    public async Task Run_SameStepWhileItRuns_IsRunOnce()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();
        var script = $"echo x >> {_folder["runs"]}; while [ ! -e {_folder["go"]} ]; do sleep 0.05; done";

        await session.RunScriptAsync("s1", script);
        await Within.Patiently(() => File.Exists(_folder["runs"]), "the script to start");
        await session.RunScriptAsync("s1", script);
        // An answered order behind it: it has been read.
        await session.RunScriptAsync("s2", "exit 0");
        await session.ResultAsync("s2");
        _folder.Write("go", "");

        await session.ResultAsync("s1");
        Assert.Equal("x\n", File.ReadAllText(_folder["runs"]));
    }

    [Fact]
    public async Task Run_SameStepAfterItsEnd_TellsTheResultAgain()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();
        var script = $"echo x >> {_folder["runs"]}; exit 3";
        await session.RunScriptAsync("s1", script);
        var first = await session.ResultAsync("s1");
        await session.AcknowledgeAsync("s1");

        await session.RunScriptAsync("s1", script);

        Assert.Equal(first, await session.ResultAsync("s1"));
        Assert.Equal("x\n", File.ReadAllText(_folder["runs"]));
    }

    [Fact]
    public async Task Result_ControllerGoneBeforeItAcknowledged_IsToldInTheNextSessions()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();
        await session.RunScriptAsync("s1", "exit 0");
        await session.ResultAsync("s1");
        session.Close();

        var second = await _controller.WelcomeNextAsync();
        Assert.Equal("secret-1", second.Hello.SessionSecret);
        Assert.Empty(second.Hello.RunningStepIds);
        await second.ResultAsync("s1");
        await second.AcknowledgeAsync("s1");
        // An answered order behind the acknowledgement: it has been read.
        await second.RunScriptAsync("s2", "exit 0");
        await second.ResultAsync("s2");
        second.Close();

        var third = await _controller.WelcomeNextAsync();
        await third.RunScriptAsync("s3", "exit 0");
        await third.ResultAsync("s3");
        Assert.DoesNotContain(third.All, message => message.Result?.StepId == "s1");
    }

    [Fact]
    public async Task Hello_StepStillRunningOnRedial_NamesItAndDeliversItsResult()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();
        await session.RunScriptAsync("s1", $"touch {_folder["started"]}; while [ ! -e {_folder["go"]} ]; do sleep 0.05; done");
        await Within.Patiently(() => File.Exists(_folder["started"]), "the script to start");
        session.Close();

        var second = await _controller.WelcomeNextAsync();
        Assert.Equal(["s1"], second.Hello.RunningStepIds);
        _folder.Write("go", "");

        Assert.Equal(StepResult.OutcomeOneofCase.Done, (await second.ResultAsync("s1")).OutcomeCase);
    }

    [Fact]
    public async Task Cancel_RunningStep_EndsItAsCancelled()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();
        await session.RunScriptAsync("s1", $"touch {_folder["started"]}; sleep 1000", deadlineSeconds: 1000);
        await Within.Patiently(() => File.Exists(_folder["started"]), "the script to start");

        await session.SendAsync(new ControllerMessage { Cancel = new() { StepId = "s1" } });

        var failed = (await session.ResultAsync("s1")).Failed;
        Assert.Equal(("controller", "cancelled"), (failed.Party, failed.Reason));
    }

    [Fact]
    public async Task Run_StepThatOutlivesItsDeadline_FailsNamingWhatItDid()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();

        await session.RunScriptAsync("s1", "sleep 1000", deadlineSeconds: 1);

        var failed = (await session.ResultAsync("s1")).Failed;
        Assert.Equal("deadline", failed.Reason);
        Assert.Contains("test", failed.Detail);
    }

    [Fact]
    public async Task Run_UnknownKindOfStep_Fails()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();

        await session.RunAsync(new RunStep { StepId = "s1", DeadlineSeconds = 10 });

        var failed = (await session.ResultAsync("s1")).Failed;
        Assert.Equal(("agent", "unknown-step"), (failed.Party, failed.Reason));
    }

    [Fact]
    public async Task Run_ScriptThatFails_SaysWhatItSaidLast()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();

        await session.RunScriptAsync("s1", "i=0; while [ $i -lt 5000 ]; do echo noise $i; i=$((i+1)); done; echo the disk is full >&2; exit 9");

        var failed = (await session.ResultAsync("s1")).Failed;
        Assert.Equal(("user-script", "script-failed"), (failed.Party, failed.Reason));
        Assert.Contains("exited with 9", failed.Detail);
        Assert.Contains("the disk is full", failed.Detail);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(failed.Detail), 1, 4096);
    }

    [Fact]
    public async Task Controller_ThatFallsSilent_IsDialedAgain()
    {
        StartAgent();
        await _controller.WelcomeNextAsync(heartbeatSeconds: 1);

        // The first session stays open and says nothing more: only the missing heartbeats tell.
        var second = await _controller.NextSessionAsync();

        Assert.Equal("secret-1", second.Hello.SessionSecret);
    }

    [Fact]
    public async Task Heartbeat_Interval_IsTheControllers()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync(heartbeatSeconds: 1);

        var beat = await session.NextAsync(message => message.Heartbeat is not null, "a heartbeat");

        Assert.InRange(beat.Heartbeat.ResidentBytes, 1UL << 20, 4UL << 30);
        Assert.InRange(beat.Heartbeat.PeakResidentBytes, beat.Heartbeat.ResidentBytes / 2, 4UL << 30);
    }

    [Fact]
    public async Task Refused_WithoutRetry_IsNotDialedAgain()
    {
        StartAgent();
        var session = await _controller.NextSessionAsync();

        await session.SendAsync(new ControllerMessage { Refused = new() { Reason = "token-used", Detail = "by another machine" } });

        await _agents.Single().WaitAsync(Within.Patience);
    }

    [Fact]
    public async Task Agent_ThatDiedDuringAStep_DoesNotRunItASecondTime()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();
        await session.RunScriptAsync("s1", $"echo x >> {_folder["runs"]}; sleep 1000");
        await Within.Patiently(() => File.Exists(_folder["runs"]), "the script to start");

        // A new process on the same machine: it knows no more than what is in the run folder.
        StartAgent();
        session.Close();
        var second = await _controller.WelcomeNextAsync();
        if (second.Hello.RunningStepIds.Count > 0)
            second = await _controller.WelcomeNextAsync();
        await second.RunScriptAsync("s1", $"echo x >> {_folder["runs"]}");

        var failed = (await second.ResultAsync("s1")).Failed;
        Assert.Equal("agent-restarted", failed.Reason);
        Assert.Equal("secret-1", second.Hello.SessionSecret);
        Assert.Equal("x\n", File.ReadAllText(_folder["runs"]));
    }

    [Fact]
    public async Task Session_ControllerWithAnotherKey_IsToldNothing()
    {
        await using var rogue = await FakeController.StartAsync();
        StartAgent(rogue.Address, _controller.Key);

        var end = await Within.Patiently(_ends.Reader.ReadAsync().AsTask(), "the end of the session");

        Assert.StartsWith("WRONG KEY", end.Detail, StringComparison.Ordinal);
        Assert.Contains(rogue.Pin, end.Detail);
        Assert.False(end.Welcomed);
        Assert.Null(end.RetryAfter);
        Assert.False(rogue.HasBeenDialed);
    }

    [Fact]
    public async Task Chain_ConnectionWithoutTheKey_IsToldToTheController()
    {
        StartAgent();
        var session = await _controller.WelcomeNextAsync();

        using (var foreign = new System.Net.Sockets.TcpClient())
        {
            await foreign.ConnectAsync(System.Net.IPAddress.Loopback, _transfers.Port);
            await foreign.GetStream().WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        }

        var told = (await session.NextAsync(m => m.Stranger is not null, "word of the stranger")).Stranger;
        Assert.Equal(("127.0.0.1", "no-hello", 1u), (told.Address, told.Reason, told.Count));
    }

    [Fact]
    public async Task Session_ServerWithoutTls_IsToldNothing()
    {
        var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        StartAgent(new Uri($"https://{listener.LocalEndpoint}"), _controller.Key);
        using var connection = await Within.Patiently(listener.AcceptTcpClientAsync(), "the agent to dial");

        var first = new byte[3];
        await Within.Patiently(connection.GetStream().ReadAtLeastAsync(first, first.Length).AsTask(), "what it says first");
        await connection.GetStream().WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());

        // RFC 8446, 5.1: a handshake record.
        Assert.Equal(new byte[] { 22, 3, 1 }, first);
        Assert.False((await Within.Patiently(_ends.Reader.ReadAsync().AsTask(), "the end of the session")).Welcomed);
        listener.Stop();
    }

    private void StartAgent() => StartAgent(_controller.Address, _controller.Key);

    private void StartAgent(Uri controller, PinnedKey key)
    {
        var root = new MachineRoot(_folder["sys"], _folder["proc"], _folder["dev"]);
        var workshop = Workshop.Make(root, _folder["target"], TimeProvider.System) with { RunFolder = _folder["run"] };
        var outbox = new Outbox(TimeProvider.System);
        _transfers.Listener!.Refused = (from, why) => outbox.Stranger(from.ToString(), why);
        var memory = new SessionMemory(_folder["run"]);
        var desk = new StepDesk(outbox, memory, TimeProvider.System);
        var identity = new AgentIdentity("token-1", "52:54:00:00:00:01", workshop.BootId, _transfers.Port, root);
        var mapping = new StepMapping(workshop, _transfers, outbox.Transfer, key);
        var link = new ControllerLink(
            () => new LinkSession(identity, key, outbox, desk, mapping, memory, TimeProvider.System, _ => { }), controller, new Redial(new Random(1)), TimeProvider.System)
        {
            Ended = end => _ends.Writer.TryWrite(end),
        };
        _agents.Add(link.RunAsync(_stop.Token));
    }
}
