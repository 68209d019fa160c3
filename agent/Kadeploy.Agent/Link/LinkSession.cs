using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Steps;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Agent.Link;

/// <summary>
/// One session with the controller, from dialing to its end: (1) Hello, (2) Welcome or Refused, (3) orders in, and meanwhile what the outbox
/// has, out, and heartbeats both ways.
/// </summary>
/// <param name="key">The only controller that is spoken to.</param>
/// <param name="named">Told the name that the controller has for this machine.</param>
internal sealed class LinkSession(
    AgentIdentity agent, PinnedKey key, Outbox outbox, StepDesk desk, StepMapping steps, SessionMemory memory, TimeProvider time,
    Action<string> named)
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan DefaultHeartbeat = TimeSpan.FromSeconds(10);

    // A peer is given up after this many heartbeats that it has missed.
    private const int Missed = 3;

    private const int LargestMessage = 256 * 1024 * 1024;

    private long _lastHeard;
    private TimeSpan _heartbeat = DefaultHeartbeat;
    private string _node = "";

    public async Task<SessionEnd> RunAsync(Uri controller, CancellationToken cancellation)
    {
        using var channel = GrpcChannel.ForAddress(controller, new GrpcChannelOptions
        {
            // The heartbeats notice sooner: a controller that is starved for a moment answers a PING late and is not lost.
            HttpHandler = GrpcHttpHandler.Create(TimeSpan.FromSeconds(60), key),
            DisposeHttpClient = true,
            // A plan carries the digest of every block of the image.
            MaxReceiveMessageSize = LargestMessage,
        });
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var call = new AgentLink.AgentLinkClient(channel).Session(cancellationToken: ending.Token);
        var welcomed = false;
        try
        {
            // 1
            await call.RequestStream.WriteAsync(HelloMapping.Hello(agent, memory.Secret, desk.Running), ending.Token);
            // 2
            var answer = call.ResponseStream.MoveNext(ending.Token);
            if (await Task.WhenAny(answer, Task.Delay(AnswerPatience, time, ending.Token)) != answer)
                return new SessionEnd(false, $"no answer to Hello within {AnswerPatience.TotalSeconds} s");
            if (!await answer)
                return new SessionEnd(false, "the controller closed the session without an answer");
            switch (call.ResponseStream.Current.BodyCase)
            {
                case ControllerMessage.BodyOneofCase.Refused:
                    return Refused(call.ResponseStream.Current.Refused);
                case ControllerMessage.BodyOneofCase.Welcome:
                    welcomed = true;
                    Welcome(call.ResponseStream.Current.Welcome);
                    break;
                default:
                    return new SessionEnd(false, $"the first answer was {call.ResponseStream.Current.BodyCase}, neither Welcome nor Refused");
            }
            // 3
            outbox.StartSession();
            _lastHeard = time.GetTimestamp();
            using var writing = new SemaphoreSlim(1, 1);
            var loops = new[]
            {
                ReadAsync(call.ResponseStream, ending.Token),
                TellAsync(call.RequestStream, writing, ending.Token),
                BeatAsync(call.RequestStream, writing, ending.Token),
            };
            var first = await Task.WhenAny(loops);
            await ending.CancelAsync();
            _ = Task.WhenAll(loops).ContinueWith(static all => all.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return new SessionEnd(true, await first);
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException or IOException or InvalidOperationException)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!welcomed && key.Stranger is { } stranger)
            {
                // The controller is told when it is found.
                outbox.Stranger(controller.Host, "wrong-key");
                return new SessionEnd(false, $"WRONG KEY: who answers at {controller.Authority} is not this machine's controller (its key is {stranger}, the controller's {key.Pin}); nothing was said to it");
            }
            return new SessionEnd(welcomed, exception is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : exception.Message);
        }
    }

    private async Task<string> ReadAsync(IAsyncStreamReader<ControllerMessage> stream, CancellationToken cancellation)
    {
        while (await stream.MoveNext(cancellation))
        {
            _lastHeard = time.GetTimestamp();
            Handle(stream.Current);
        }
        return "the controller closed the session";
    }

    private void Handle(ControllerMessage message)
    {
        switch (message.BodyCase)
        {
            case ControllerMessage.BodyOneofCase.Welcome:
                Welcome(message.Welcome);
                break;
            case ControllerMessage.BodyOneofCase.Run when steps.Order(message.Run, _node) is { } order:
                desk.Run(order);
                break;
            case ControllerMessage.BodyOneofCase.Run:
                outbox.Result(message.Run.StepId, new StepFailed(Party.Agent, "unknown-step",
                    $"agent {AgentIdentity.Version} does not know this kind of step; is its initramfs older than the controller?"));
                break;
            case ControllerMessage.BodyOneofCase.Cancel:
                desk.Cancel(message.Cancel.StepId);
                break;
            case ControllerMessage.BodyOneofCase.Acknowledge:
                desk.Acknowledge(message.Acknowledge.StepId);
                break;
            case ControllerMessage.BodyOneofCase.PlanChange:
                steps.Replan(message.PlanChange);
                break;
        }
    }

    private async Task<string> TellAsync(IAsyncStreamWriter<AgentMessage> stream, SemaphoreSlim writing, CancellationToken cancellation)
    {
        while (true)
            foreach (var note in await outbox.TakeAsync(cancellation))
                await WriteAsync(stream, writing, NoteMapping.Of(note), cancellation);
    }

    private async Task<string> BeatAsync(IAsyncStreamWriter<AgentMessage> stream, SemaphoreSlim writing, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(_heartbeat, time, cancellation);
            var silent = time.GetElapsedTime(_lastHeard);
            if (silent > _heartbeat * Missed)
                return $"nothing heard from the controller for {silent.TotalSeconds:0} s";
            // Another write that nobody takes must not keep this loop from noticing the silence.
            _ = WriteAsync(stream, writing, HelloMapping.Heartbeat(ProcessMemory.Read()), cancellation)
                .ContinueWith(static write => write.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    private static async Task WriteAsync(
        IAsyncStreamWriter<AgentMessage> stream, SemaphoreSlim writing, AgentMessage message, CancellationToken cancellation)
    {
        await writing.WaitAsync(cancellation);
        try
        {
            await stream.WriteAsync(message, cancellation);
        }
        finally
        {
            writing.Release();
        }
    }

    private void Welcome(Welcome welcome)
    {
        memory.Keep(welcome.SessionSecret);
        if (welcome.HeartbeatSeconds > 0)
            _heartbeat = TimeSpan.FromSeconds(welcome.HeartbeatSeconds);
        if (welcome.Node.Length > 0 && welcome.Node != _node)
            named(welcome.Node);
        _node = welcome.Node;
        Log.Line(_node.Length > 0 ? $"link: enrolled as {_node}" : "link: enrolled; this machine waits to be accepted");
    }

    private static SessionEnd Refused(Refused refused) => new(
        false, $"refused ({refused.Reason}): {refused.Detail}",
        refused.RetrySeconds == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(refused.RetrySeconds));
}
