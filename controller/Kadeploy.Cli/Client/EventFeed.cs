using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;

namespace Kadeploy.Cli.Client;

/// <summary>
/// Follows the events of one deployment or broadcast to its end, over as many connections as that takes (Server-Sent Events with Last-Event-ID, WHATWG HTML
/// section 9.2): the controller may be restarted meanwhile, and the deployment goes on.
/// </summary>
internal sealed class EventFeed<T>(Operation<T> operation, TimeProvider time, TimeSpan patience)
    where T : class
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private long? _last;

    /// <summary>The operation as it is; <paramref name="lost"/> is told once when the controller does not answer, which is asked again then.</summary>
    public async Task<Answer<T>> FirstAsync(string id, Action<Failure> lost, CancellationToken cancel)
    {
        var pause = FirstPause;
        for (long? lostAt = null; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var answer = await operation.GetAsync(id, cancel);
            if (answer.TryGet(out _, out var failure) || IsFinal(failure))
                return answer;
            if (lostAt is null)
                lost(failure);
            lostAt ??= time.GetTimestamp();
            if (time.GetElapsedTime(lostAt.Value) >= patience)
                return GivenUp(id, failure);
            await Task.Delay(pause, time, cancel);
        }
    }

    /// <summary>Returns the finished operation, or why it cannot be followed any more.</summary>
    public async Task<Answer<T>> FollowAsync(string id, IEventReader reader, CancellationToken cancel)
    {
        var pause = FirstPause;
        long? lostAt = null;
        while (true)
        {
            var before = _last;
            var (ended, failure) = await ReadOnceAsync(id, reader, lostAt is not null, cancel);
            if (_last != before)
                (lostAt, pause) = (null, FirstPause);

            // The stream has ended, well or not: only the operation itself knows whether that was all.
            var answer = await operation.GetAsync(id, cancel);
            if (answer.TryGet(out var found, out var refusal))
            {
                if (!operation.IsRunning(found))
                    return found;
                failure ??= new Failure("stream-ended", $"the controller closed the event stream of a running {operation.Noun}");
            }
            else
            {
                failure = refusal;
            }

            if (IsFinal(failure))
                return failure;
            lostAt ??= time.GetTimestamp();
            if (time.GetElapsedTime(lostAt.Value) >= patience)
                return GivenUp(id, failure);

            // After the last event the deployment's own record may be a moment late: that is no loss.
            if (!ended)
                reader.Lost(failure.Reason);
            await Task.Delay(pause, time, cancel);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private Failure GivenUp(string id, Failure failure) => new(
        failure.Reason,
        $"{failure.Message}. Gave up after {Output.Quantity.Duration(patience.TotalSeconds)}; the {operation.Noun} is the controller's: follow it again with 'kadeploy {operation.Noun} wait {id}'");

    // 4xx other than a timeout will be the same the next time: the deployment is unknown, or the token is not accepted.
    private static bool IsFinal(Failure failure) =>
        failure.Problem is { Status: >= 400 and < 500 and not 408 and not 429 } || failure.Reason is "unauthorized" or "answer-not-understood";

    private async Task<(bool Ended, Failure? Failure)> ReadOnceAsync(string id, IEventReader reader, bool wasLost, CancellationToken cancel)
    {
        if (!(await operation.EventsAsync(id, _last, cancel)).TryGet(out var response, out var failure))
            return (false, failure);
        using (response)
        {
            try
            {
                if (wasLost)
                    reader.Back();
                await using var stream = await response.Content.ReadAsStreamAsync(cancel);
                await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancel))
                {
                    if (Parse(item.Data) is not { } e)
                        continue;
                    if (_last is { } last && e.Seq <= last)
                        continue;
                    _last = long.TryParse(item.EventId, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : e.Seq;
                    reader.Event(item.EventType, e);
                    if (item.EventType == DeploymentEventTypes.End)
                        return (true, null);
                }

                return (false, null);
            }
            catch (Exception e) when (Refusals.FromTransport(e, operation.Client.Settings, TimeSpan.Zero, cancel) is { } broken)
            {
                return (false, broken);
            }
        }
    }

    private static DeploymentEvent? Parse(string data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, ApiJson.Default.DeploymentEvent);
        }
        catch (JsonException)
        {
            // An event that this client does not understand is skipped: the verdicts come from the deployment itself at the end.
            return null;
        }
    }
}
