using System.Globalization;
using System.Text;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using DeploymentEvent = Kadeploy.Deployments.Engine.DeploymentEvent;

namespace Kadeploy.Controller.Api;

/// <summary>
/// <c>GET /v1/deployments/{id}/events</c>: Server-Sent Events (WHATWG HTML, 9.2). Resumed behind <c>Last-Event-ID</c>; reading consumes nothing.
/// </summary>
internal static class EventStream
{
    public static async Task ServeAsync(
        string id, HttpContext http, DeploymentEngine engine, DeploymentJournal journal, IHostApplicationLifetime lifetime)
    {
        if (DeploymentEndpoints.Find(id, engine, journal) is not { } found)
        {
            await DeploymentEndpoints.Unknown(id).ExecuteAsync(http);
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
            var events = engine.Get(id) is null ? Only(End(found)) : engine.WatchAsync(id, DeploymentMapping.TransitionOf(last), stop.Token);
            await foreach (var it in events.WithCancellation(stop.Token))
            {
                last = DeploymentMapping.SeqOf(it, last);
                await http.Response.Body.WriteAsync(Frame(it, last), stop.Token);
                await http.Response.Body.FlushAsync(stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The client left, or the controller stops: the stream ends, and may be taken up again.
        }
    }

    private static byte[] Frame(DeploymentEvent it, long seq)
    {
        var data = JsonSerializer.Serialize(DeploymentMapping.ToContract(it, seq), ApiJson.Default.DeploymentEvent);
        return Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"id: {seq}\nevent: {DeploymentMapping.TypeOf(it.Kind)}\ndata: {data}\n\n"));
    }

    private static DeploymentEvent End(DeploymentSnapshot it) => new(
        long.MaxValue / 10_000_000, it.EndedAt ?? it.CreatedAt, DeploymentEventKind.End, Outcome: it.CancelledBy is null ? "done" : "cancelled");

    private static async IAsyncEnumerable<DeploymentEvent> Only(DeploymentEvent it)
    {
        await Task.CompletedTask;
        yield return it;
    }
}
