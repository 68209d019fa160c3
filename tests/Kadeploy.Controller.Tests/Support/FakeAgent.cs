using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Protocol.V1;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>
/// An agent that speaks the real protocol over a real connection, and takes part in real chains; what it would do to a disk it only says.
/// It keeps results until they are acknowledged, recognises steps that are sent again, and dials again when it is cut off, as the real one does.
/// </summary>
internal sealed class FakeAgent : IAsyncDisposable
{
    private readonly FakeMachine _machine;
    private readonly string _token;
    private readonly PinnedKey _key;
    private readonly ChainListener _listener = ChainListener.Start(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _dead = new();
    private readonly ConcurrentDictionary<string, StepResult?> _steps = new();
    private readonly SemaphoreSlim _writing = new(1);
    private IClientStreamWriter<AgentMessage>? _stream;
    private Task _running = Task.CompletedTask;

    /// <param name="machine">Where it runs.</param>
    /// <param name="token">From the kernel command line.</param>
    /// <param name="pin">From the initramfs.</param>
    public FakeAgent(FakeMachine machine, string token, string pin) => (_machine, _token, _key) = (machine, token, PinnedKey.Parse(pin)!);

    public string Token => _token;

    /// <summary>Dials again when it is cut off.</summary>
    public bool MayRedial { get; set; } = true;

    public string BootId { get; init; } = Guid.NewGuid().ToString("D");

    public string Secret { get; set; } = "";

    public Welcome? Welcomed { get; private set; }

    public Refused? Refused { get; private set; }

    public ConcurrentQueue<RunStep> Received { get; } = new();

    public ConcurrentQueue<string> Acknowledged { get; } = new();

    public ConcurrentQueue<string> Cancelled { get; } = new();

    public ConcurrentQueue<PlanChange> Changes { get; } = new();

    /// <summary>Sends no heartbeats.</summary>
    public bool Mute { get; set; }

    /// <summary>Says more of its machine than Hello did.</summary>
    public Task TellInventoryAsync(Inventory inventory) => SendAsync(new AgentMessage { Inventory = inventory });

    /// <summary>Says whom it met.</summary>
    public Task TellStrangerAsync(string address, string reason, uint count = 1) =>
        SendAsync(new AgentMessage { Stranger = new() { Address = address, Reason = reason, Count = count } });

    public void Dial(Uri controller) => _running = DialAsync(controller, _dead.Token);

    public async ValueTask DisposeAsync()
    {
        await _dead.CancelAsync();
        await _running.DoneAsync("the fake agent's end");
        _listener.Dispose();
        _dead.Dispose();
    }

    private async Task DialAsync(Uri controller, CancellationToken dead)
    {
        while (!dead.IsCancellationRequested && Refused is null && (MayRedial || Welcomed is null))
        {
            try
            {
                await SessionAsync(controller, dead);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException or IOException or InvalidOperationException)
            {
                _stream = null;
            }
            // A controller that is away is not asked without a pause: other tests need the processor, too.
            await Task.Delay(100, dead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SessionAsync(Uri controller, CancellationToken dead)
    {
        using var channel = TestController.Channel(controller, _key);
        using var call = new AgentLink.AgentLinkClient(channel).Session(cancellationToken: dead);
        var hello = new Hello
        {
            Protocol = 1,
            AgentVersion = "0.1.0",
            BootId = BootId,
            Token = _token,
            Mac = _machine.Mac,
            ChainPort = (uint)_listener.EndPoint.Port,
            SessionSecret = Secret,
            Inventory = new Inventory
            {
                Firmware = "bios",
                MemoryBytes = 1 << 30,
                CpuModel = "Test CPU",
                CpuThreads = 2,
                Disks = { new Disk { Name = "vda", Path = "/dev/vda", SizeBytes = 1 << 30, Serial = "S1", Model = "Test disk" } },
                Interfaces = { new NetworkInterface { Name = "eth0", Mac = _machine.Mac } },
            },
        };
        hello.RunningStepIds.AddRange(_steps.Where(s => s.Value is null).Select(s => s.Key));
        await call.RequestStream.WriteAsync(new AgentMessage { Hello = hello }, dead);
        _stream = call.RequestStream;
        using var beating = CancellationTokenSource.CreateLinkedTokenSource(dead);
        var beat = BeatAsync(beating.Token);
        try
        {
            while (await call.ResponseStream.MoveNext(dead))
                Take(call.ResponseStream.Current);
        }
        finally
        {
            await beating.CancelAsync();
            await beat;
        }
    }

    private async Task BeatAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(300, stop);
                if (!Mute)
                    await SendAsync(new AgentMessage { Heartbeat = new Heartbeat() });
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Take(ControllerMessage message)
    {
        switch (message.BodyCase)
        {
            case ControllerMessage.BodyOneofCase.Welcome:
                Welcomed = message.Welcome;
                Secret = message.Welcome.SessionSecret;
                break;
            case ControllerMessage.BodyOneofCase.Refused:
                Refused = message.Refused;
                break;
            case ControllerMessage.BodyOneofCase.Run:
                Received.Enqueue(message.Run);
                if (_steps.TryAdd(message.Run.StepId, null))
                    _ = RunAsync(message.Run);
                else if (_steps[message.Run.StepId] is { } known)
                    _ = SendAsync(new AgentMessage { Result = known });
                break;
            case ControllerMessage.BodyOneofCase.Acknowledge:
                Acknowledged.Enqueue(message.Acknowledge.StepId);
                break;
            case ControllerMessage.BodyOneofCase.Cancel:
                Cancelled.Enqueue(message.Cancel.StepId);
                _machine.CancelledSteps.Enqueue(message.Cancel.StepId);
                break;
            case ControllerMessage.BodyOneofCase.PlanChange:
                Changes.Enqueue(message.PlanChange);
                break;
        }
    }

    private async Task RunAsync(RunStep step)
    {
        var result = await _machine.Answer(step) ?? await BehaveAsync(step);
        result.StepId = step.StepId;
        _steps[step.StepId] = result;
        await SendAsync(new AgentMessage { Result = result });
        if (step.Reboot is null && step.Kexec is null)
            return;
        await Eventually.TrueAsync(() => Acknowledged.Contains(step.StepId) || _dead.IsCancellationRequested, "the acknowledgement of a reboot");
        if (!_dead.IsCancellationRequested)
            _ = Task.Run(() => _machine.LeaveAsync(step.Kexec is not null));
    }

    private async Task<StepResult> BehaveAsync(RunStep step)
    {
        switch (step.StepCase)
        {
            case RunStep.StepOneofCase.Receive:
                return await ReceiveAsync(step.Receive);
            case RunStep.StepOneofCase.Configure:
                _machine.ReportUrl = step.Configure.Files.Single(f => f.Path == "/etc/kadeploy/report-url").Content.ToStringUtf8().Trim();
                return Done(("host-key-ed25519", "ssh-ed25519 AAAATESTKEY"));
            case RunStep.StepOneofCase.Partition:
                return Done(("disk-serial", "S1"), ("disk-path", "/dev/vda"));
            default:
                return Done();
        }
    }

    private async Task<StepResult> ReceiveAsync(ReceiveImage receive)
    {
        var wire = receive.Plan;
        // A newer one may have come while a test held up this step.
        var change = Changes.Where(c => c.TransferId == wire.TransferId && c.Epoch > wire.Epoch).MaxBy(c => c.Epoch);
        var plan = Transfer.TransferPlan.Unpack(wire.Packed.Span);
        if (!ManifestSeal.Holds(_key.PublicKey, plan.TransferId, plan.Manifest.ToBytes(), wire.ManifestSignature.Span))
            return new StepResult { Failed = new Failed { Party = "controller", Reason = "manifest-signature" } };
        if (change is not null)
            plan = plan with { Epoch = (int)change.Epoch, Dead = [.. change.Excluded.Select(i => (int)i)] };
        var file = Path.GetTempFileName();
        try
        {
            using var sink = new Transfer.FileSink(file);
            var hop = new ChainHop(_listener, plan, Welcomed!.Node, sink);
            using var stop = new CancellationTokenSource();
            await using var _ = _dead.Token.Register(stop.Cancel);
            var result = await hop.RunAsync(stop.Token);
            if (result.Failure is { } failure)
                return new StepResult { Failed = new Failed { Party = "network", Reason = failure.Reason, Detail = failure.Detail } };
            _machine.Disk = await File.ReadAllBytesAsync(file);
            return Done(("image-sha256", result.Sha256), ("bytes-verified", $"{result.BytesVerified}"), ("bytes-written", $"{result.BytesWritten}"), ("refetched", "0"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static StepResult Done(params (string Name, string Value)[] facts) =>
        new() { Done = new Done { Facts = { facts.ToDictionary(f => f.Name, f => f.Value) } } };

    private async Task SendAsync(AgentMessage message)
    {
        await _writing.WaitAsync();
        try
        {
            if (_stream is { } stream)
                await stream.WriteAsync(message);
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // Cut off: the session's end is noticed where it is read.
        }
        finally
        {
            _writing.Release();
        }
    }
}
