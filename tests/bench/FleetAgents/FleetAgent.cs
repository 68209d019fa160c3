using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Protocol.V1;

namespace Kadeploy.FleetAgents;

/// <summary>
/// An agent on a real connection of its own. It keeps results until they are acknowledged, recognises steps that are sent again, dials again when
/// it is cut off, and reboots only when the controller knows that it will, as the real one does.
/// </summary>
internal sealed class FleetAgent(FleetNode node, FleetWorld world, string token) : IDisposable
{
    private readonly string _bootId = Guid.NewGuid().ToString("D");
    private readonly ConcurrentDictionary<string, StepResult?> _steps = new();
    private readonly ConcurrentDictionary<string, bool> _acknowledged = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _leaving = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _dead = new();
    private IClientStreamWriter<AgentMessage>? _stream;
    private string _secret = "";

    /// <summary>Runs until the machine goes down.</summary>
    public async Task RunAsync(CancellationToken off)
    {
        await using var _ = off.Register(_dead.Cancel);
        for (var pause = 200; !_dead.IsCancellationRequested;)
        {
            var began = Environment.TickCount64;
            try
            {
                await SessionAsync();
                world.CountEnd("closed by the controller");
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException or IOException or InvalidOperationException)
            {
                if (!_dead.IsCancellationRequested)
                    world.CountEnd($"{(_stream is null ? "not welcomed: " : "")}{e.GetType().Name}: {e.Message}");
            }
            _stream = null;
            pause = Environment.TickCount64 - began > 5000 ? 200 : Math.Min(2 * pause, 5000);
            await Task.Delay(Random.Shared.Next(pause / 2, pause), _dead.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        _dead.Dispose();
        _writing.Dispose();
    }

    private async Task SessionAsync()
    {
        using var channel = GrpcChannel.ForAddress(world.Agents, new GrpcChannelOptions
        {
            HttpHandler = SourceHttp.Agent(node.Address, world.Key),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
        });
        using var call = new AgentLink.AgentLinkClient(channel).Session(cancellationToken: _dead.Token);
        var hello = new Hello
        {
            Protocol = 1,
            AgentVersion = "fleet",
            BootId = _bootId,
            Token = token,
            Mac = node.Mac,
            ChainPort = 25303, // nobody listens there: the image is simulated
            SessionSecret = _secret,
            Inventory = new Inventory
            {
                Firmware = "bios",
                MemoryBytes = 64UL << 30,
                CpuModel = "Simulated CPU",
                CpuThreads = 64,
                Disks = { new Disk { Name = "vda", Path = "/dev/vda", SizeBytes = 1UL << 40, Serial = $"S{node.Number}", Model = "Simulated disk" } },
                Interfaces = { new NetworkInterface { Name = "eth0", Mac = node.Mac } },
            },
        };
        hello.RunningStepIds.AddRange(_steps.Where(s => s.Value is null).Select(s => s.Key));
        await call.RequestStream.WriteAsync(new AgentMessage { Hello = hello }, _dead.Token);
        if (!await call.ResponseStream.MoveNext(_dead.Token) || call.ResponseStream.Current.Welcome is not { } welcome)
            throw new InvalidOperationException($"{node.Name} is not welcome: {call.ResponseStream.Current?.Refused?.Reason}");
        _secret = welcome.SessionSecret;
        world.Secrets.Add(("session secret", _secret));
        _stream = call.RequestStream;
        world.CountSession();
        using var beating = CancellationTokenSource.CreateLinkedTokenSource(_dead.Token);
        var beat = BeatAsync(TimeSpan.FromSeconds(welcome.HeartbeatSeconds), beating.Token);
        try
        {
            foreach (var result in _steps.Values.OfType<StepResult>().Where(r => !_acknowledged.ContainsKey(r.StepId)).ToList())
                await SendAsync(new AgentMessage { Result = result });
            while (await call.ResponseStream.MoveNext(_dead.Token))
                Take(call.ResponseStream.Current);
        }
        finally
        {
            await beating.CancelAsync();
            await beat;
        }
    }

    private async Task BeatAsync(TimeSpan every, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(every, stop);
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
            case ControllerMessage.BodyOneofCase.Run when _steps.TryAdd(message.Run.StepId, null):
                _ = StepAsync(message.Run);
                break;
            case ControllerMessage.BodyOneofCase.Run when _steps.TryGetValue(message.Run.StepId, out var known) && known is not null:
                _ = SendAsync(new AgentMessage { Result = known });
                break;
            case ControllerMessage.BodyOneofCase.Acknowledge:
                _leaving.GetOrAdd(message.Acknowledge.StepId, _ => new()).TrySetResult();
                _acknowledged[message.Acknowledge.StepId] = true;
                break;
        }
    }

    private async Task StepAsync(RunStep step)
    {
        try
        {
            if (await node.CarryOutAsync(step, _dead.Token) is not { } result)
            {
                await _dead.CancelAsync();
                return;
            }
            result.StepId = step.StepId;
            _steps[step.StepId] = result;
            await SendAsync(new AgentMessage { Result = result });
            if (step.Reboot is null && step.Kexec is null)
                return;
            await _leaving.GetOrAdd(step.StepId, _ => new()).Task.WaitAsync(_dead.Token);
            node.GoDown(step.Kexec is not null);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task SendAsync(AgentMessage message)
    {
        await _writing.WaitAsync();
        try
        {
            if (_stream is { } stream)
                await stream.WriteAsync(message, _dead.Token);
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
