using System.Globalization;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Transfers;
using Kadeploy.Deployments.Engine;
using DeploymentEvent = Kadeploy.Deployments.Engine.DeploymentEvent;

namespace Kadeploy.Controller.Api;

/// <summary>
/// <c>GET /v1/deployments/{id}/events</c>, and the same of broadcasts: Server-Sent Events (WHATWG HTML, 9.2). Resumed behind <c>Last-Event-ID</c>; reading consumes nothing.
/// </summary>
internal sealed class EventStream(
    DeploymentEngine engine, DeploymentJournal journal, ChainLimits limits, EventFrames frames, TimeProvider time, IHostApplicationLifetime lifetime)
{
    // A comment now and then keeps proxies from ending a quiet stream, and finds out who has gone (WHATWG HTML, 9.2.7: 15 seconds or so).
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);

    // What happens after a pause is told at once, what happens in a row so often: a thousand watchers of a thousand nodes are not woken for every word of each.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);
    private static readonly byte[] Comment = ":\n\n"u8.ToArray();

    // A client that reads slowly must not make us keep everything in memory.
    private const int MostUnsent = 64 * 1024;

    /// <param name="id">The deployment or broadcast.</param>
    /// <param name="http">The request.</param>
    /// <param name="ofThisKind">Whether the id is one of this path's.</param>
    /// <param name="unknown">The answer when there is no such thing.</param>
    public async Task ServeAsync(string id, HttpContext http, bool ofThisKind, Func<string, IResult> unknown)
    {
        if (!ofThisKind || DeploymentEndpoints.Find(id, engine, journal) is not { } found)
        {
            await unknown(id).ExecuteAsync(http);
            return;
        }
        if (Access.Owner(http, found.Request.User, id) is { } refused)
        {
            await refused.ExecuteAsync(http);
            return;
        }
        long.TryParse(http.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            await http.Response.Body.FlushAsync(stop.Token);
            // A deployment that only the journal knows has nothing to watch: its end is all that is told.
            var events = engine.Get(id) is null ? Only([End(found)]) : engine.WatchAsync(id, DeploymentMapping.TransitionOf(last), stop.Token);
            await TellAsync(http, id, events.GetAsyncEnumerator(stop.Token), last, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The client left, or the controller stops: the stream ends, and may be taken up again.
        }
    }

    private async Task TellAsync(
        HttpContext http, string id, IAsyncEnumerator<IReadOnlyList<DeploymentEvent>> events, long last, CancellationToken cancellationToken)
    {
        var body = http.Response.BodyWriter;
        var next = events.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                while (!await EndsWithinAsync(next, time, cancellationToken))
                    await body.WriteAsync(Comment, cancellationToken);
                if (!await next)
                    return;
                foreach (var it in events.Current)
                {
                    last = DeploymentMapping.SeqOf(it, last);
                    frames.Write(body, it, last, it.Kind == DeploymentEventKind.Progress ? limits.Of(id, it.Node) : null);
                    if (body.UnflushedBytes > MostUnsent)
                        await body.FlushAsync(cancellationToken);
                }
                await body.FlushAsync(cancellationToken);
                if (events.Current[^1].Kind != DeploymentEventKind.End)
                    await Task.Delay(Pace, time, cancellationToken);
                next = events.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // An enumerator must not be disposed of in the middle of a move; the token has ended it, or ends it now.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await events.DisposeAsync();
        }
    }

    private static async Task<bool> EndsWithinAsync(Task task, TimeProvider time, CancellationToken cancellationToken)
    {
        if (task.IsCompleted)
            return true;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var quiet = Task.Delay(Quiet, time, stop.Token);
        var first = await Task.WhenAny(task, quiet);
        cancellationToken.ThrowIfCancellationRequested();
        // Else a timer would live on for every event.
        await stop.CancelAsync();
        return first == task;
    }

    private static DeploymentEvent End(DeploymentSnapshot it) => new(
        long.MaxValue / 10_000_000, it.EndedAt ?? it.CreatedAt, DeploymentEventKind.End, Outcome: it.CancelledBy is null ? "done" : "cancelled");

    private static async IAsyncEnumerable<IReadOnlyList<DeploymentEvent>> Only(IReadOnlyList<DeploymentEvent> them)
    {
        await Task.CompletedTask;
        yield return them;
    }
}
