using System.Net;
using Grpc.Core;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Trust;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Agents;

/// <summary>
/// The agents' duplex streams. 1: the first message is Hello. 2: the greeter lets the agent in or turns it away. 3: its messages are handed on
/// while ours are sent. 4: the stream ends when the agent ends it, is silent for three heartbeats (longer when this process is late itself), reads nothing, or a newer one takes its place.
/// </summary>
internal sealed partial class AgentLinkService(
    ControllerConfiguration configuration, AgentGreeter greeter, AgentSessions sessions, AgentSteps steps, MachineStore machines, NodeStore nodes, AgentSecretStore secrets, TimeProvider time,
    OwnLateness lateness, PlannedStop stop, Enrolments enrolments, Refusals refusals, ILogger<AgentLinkService> log) : AgentLink.AgentLinkBase
{
    private const int RefusedRetrySeconds = 60;
    private static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(30);

    public override async Task Session(
        IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<ControllerMessage> responseStream, ServerCallContext context)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stop.Cut);

        // 1
        if (stop.Cut.IsCancellationRequested)
            throw new RpcException(new Status(StatusCode.Unavailable, "kadeployd stops: dial again"));
        var address = AddressOf(context.Peer);
        if (await FirstAsync(requestStream, ended.Token) is not { } hello)
        {
            refusals.Note("agent.hello", "", "no-hello", address.ToString(), null);
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"the first message must be Hello, within {HelloLimit.TotalSeconds:0} s"));
        }

        // 2
        var greeting = await greeter.GreetAsync(hello, address.ToString());
        var enrols = greeting is Greeting.In { Identity.IsKnown: false };
        if (greeting is Greeting.Out no)
        {
            TurnedAway(log, hello.Mac, address, no.Reason, no.Detail);
            refusals.Note("agent.hello", MacAddress.Normalise(hello.Mac) ?? "", no.Reason, address.ToString(), no.Detail);
            await responseStream.WriteAsync(new ControllerMessage
            {
                Refused = new Refused { Reason = no.Reason, Detail = no.Detail, RetrySeconds = RefusedRetrySeconds },
            });
            return;
        }
        var (identity, secret) = (Greeting.In)greeting;
        using var session = new AgentSession(identity, address, (int)Math.Min(hello.ChainPort, ushort.MaxValue), time.GetUtcNow());
        session.Send(new ControllerMessage
        {
            Welcome = new Welcome { Node = identity.Node, SessionSecret = secret, HeartbeatSeconds = (uint)configuration.AgentHeartbeat.TotalSeconds },
        });
        if (sessions.Attach(session) is { } accepted && nodes.FindByMac(identity.Mac)?.Node.Name == accepted)
            await sessions.AcceptAsync(identity.Mac, accepted, secrets.MakeAsync);
        LetIn(log, identity.Mac, identity.Node, identity.BootId, address);

        // 3
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ended.Token, session.Closed);
        var sending = SendAsync(session, responseStream, either.Token);
        var why = "the agent ended it";
        try
        {
            why = await ReceiveAsync(session, requestStream, either.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException or IOException)
        {
            why = stop.Cut.IsCancellationRequested ? "the controller stops" : session.ClosedBecause ?? "the connection broke";
        }
        finally
        {
            // 4
            session.Close(why);
            await sending;
            sessions.Detach(session);
            if (enrols)
                enrolments.Leave(address.ToString());
            Gone(log, identity.Mac, session.Node, why);
        }
        // UNAVAILABLE means: the same call again, later (gRPC, status codes).
        if (stop.Cut.IsCancellationRequested)
            throw new RpcException(new Status(StatusCode.Unavailable, "kadeployd stops: dial again, the next one goes on"));
    }

    private async Task<Hello?> FirstAsync(IAsyncStreamReader<AgentMessage> messages, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(_ => limit.Cancel(), null, HelloLimit, Timeout.InfiniteTimeSpan);
        try
        {
            return await messages.MoveNext(limit.Token) ? messages.Current.Hello : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<string> ReceiveAsync(AgentSession session, IAsyncStreamReader<AgentMessage> messages, CancellationToken cancellationToken)
    {
        var silence = 3 * configuration.AgentHeartbeat;
        using var heard = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var last = time.GetTimestamp();
        ITimer? watchdog = null;
        await using var timer = watchdog = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        watchdog.Change(silence, Timeout.InfiniteTimeSpan);
        try
        {
            while (await messages.MoveNext(heard.Token))
            {
                Volatile.Write(ref last, time.GetTimestamp());
                // One after another: it may be anyone's machine.
                if (messages.Current.Inventory is { } inventory)
                    await machines.SeenAsync(session.Identity.Mac, inventory: AgentMapping.ToDomain(inventory));
                else
                    Take(session, messages.Current);
            }
            return "the agent ended it";
        }
        catch (OperationCanceledException) when (heard.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return $"nothing was heard for {time.GetElapsedTime(last).TotalSeconds:0} s";
        }

        void Look()
        {
            var left = lateness.Patience(silence) - time.GetElapsedTime(Volatile.Read(ref last));
            if (left > TimeSpan.Zero)
                watchdog!.Change(left, Timeout.InfiniteTimeSpan);
            else
                heard.Cancel();
        }
    }

    private void Take(AgentSession session, AgentMessage message)
    {
        switch (message.BodyCase)
        {
            case AgentMessage.BodyOneofCase.Progress:
                steps.OnProgress(session, message.Progress);
                break;
            case AgentMessage.BodyOneofCase.Result:
                steps.OnResult(session, message.Result);
                break;
            case AgentMessage.BodyOneofCase.Transfer:
                steps.OnTransfer(session, message.Transfer);
                break;
            case AgentMessage.BodyOneofCase.Heartbeat:
                session.Memory = AgentMapping.ToMemory(message.Heartbeat);
                break;
            case AgentMessage.BodyOneofCase.Stranger when session.Identity.IsKnown:
                var (from, reason, count) = AgentMapping.ToDomain(message.Stranger);
                refusals.Note(reason == "wrong-key" ? "controller.pose" : "chain.connect", session.Node, reason, from, count > 1 ? $"{count} times" : null);
                break;
            default:
                // What a newer agent adds is not for us.
                break;
        }
    }

    // The agent, too, must notice when its controller is gone.
    private async Task SendAsync(AgentSession session, IServerStreamWriter<ControllerMessage> stream, CancellationToken cancellationToken)
    {
        using var beat = new PeriodicTimer(configuration.AgentHeartbeat, time);
        var tick = beat.WaitForNextTickAsync(cancellationToken).AsTask();
        var ready = session.Outgoing.WaitToReadAsync(cancellationToken).AsTask();
        try
        {
            while (true)
            {
                await Task.WhenAny(tick, ready);
                cancellationToken.ThrowIfCancellationRequested();
                while (session.Outgoing.TryRead(out var message))
                    await stream.WriteAsync(message, cancellationToken);
                if (ready.IsCompleted)
                    ready = session.Outgoing.WaitToReadAsync(cancellationToken).AsTask();
                if (!tick.IsCompleted)
                    continue;
                await stream.WriteAsync(new ControllerMessage { Heartbeat = new Heartbeat() }, cancellationToken);
                tick = beat.WaitForNextTickAsync(cancellationToken).AsTask();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException or IOException or InvalidOperationException)
        {
            session.Close("the connection broke");
        }
    }

    // "ipv4:192.0.2.1:4711", "ipv6:[2001:db8::1]:4711": gRPC naming of peers.
    private static IPAddress AddressOf(string peer) =>
        IPEndPoint.TryParse(peer[(peer.IndexOf(':', StringComparison.Ordinal) + 1)..], out var point) ? point.Address : IPAddress.None;

    [LoggerMessage(Level = LogLevel.Information, Message = "Agent of {Mac} let in as '{Node}', boot {BootId}, from {Address}")]
    private static partial void LetIn(ILogger log, string mac, string node, string bootId, IPAddress address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Agent of {Mac} from {Address} turned away: {Reason}, {Detail}")]
    private static partial void TurnedAway(ILogger log, string mac, IPAddress address, string reason, string detail);

    [LoggerMessage(Level = LogLevel.Information, Message = "Agent of {Mac} ('{Node}') gone: {Why}")]
    private static partial void Gone(ILogger log, string mac, string node, string why);
}
