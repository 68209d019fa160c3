using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Kadeploy.Api;

namespace Kadeploy.FleetAgents;

/// <summary>
/// People who look on while a fleet is deployed: watchers, each with an event stream of its own from the first event on, and a steady rate of questions. A
/// watcher that missed a verdict or the end has lost something.
/// </summary>
/// <param name="watchers">How many streams.</param>
/// <param name="rate">Questions a second.</param>
internal sealed class Audience(int watchers, int rate)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly List<double> _milliseconds = [];
    private readonly List<string> _bad = [];
    private long _events;

    /// <summary>Looks on until the deployment has ended; then what was missed and how long questions took.</summary>
    public async Task<AudienceResult?> AttendAsync(ControllerProcess controller, int nodes, CancellationToken deployed)
    {
        var id = await IdAsync(controller);
        using var over = new CancellationTokenSource();
        var questions = AskAsync(controller, over.Token);
        var streams = Task.WhenAll(Enumerable.Range(0, watchers).Select(n => WatchAsync(controller, id, n, nodes)));
        await Task.Delay(Timeout.Infinite, deployed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Who is behind catches up.
        if (await Task.WhenAny(streams, Task.Delay(Patience, CancellationToken.None)) != streams)
            Bad($"a watcher had not seen the end {Patience.TotalSeconds} s after it");
        await over.CancelAsync();
        await questions;
        lock (_lock)
        {
            _milliseconds.Sort();
            return new AudienceResult(watchers, _events, _milliseconds.Count, Percentile(0.5), Percentile(0.99), [.. _bad]);
        }
    }

    private static async Task<string> IdAsync(ControllerProcess controller)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; await Task.Delay(50))
        {
            var list = JsonSerializer.Deserialize(await controller.Http.GetStringAsync(new Uri(Routes.Deployments, UriKind.Relative)), ApiJson.Default.DeploymentList)!;
            if (list.Deployments.Count > 0)
                return list.Deployments[0].Id;
        }
        throw new TimeoutException("no deployment was started");
    }

    private async Task WatchAsync(ControllerProcess controller, string id, int number, int nodes)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{Routes.Deployments}/{id}/events", UriKind.Relative));
            request.Headers.TryAddWithoutValidation("Last-Event-ID", "0");
            using var response = await controller.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            // As bytes: thousands of millions of characters are not to cost the machine more than kadeployd's writing of them.
            var lines = PipeReader.Create(await response.Content.ReadAsStreamAsync());
            var (verdicts, type, last, seen) = (0, EventType.Other, -1L, 0L);
            for (var open = true; open && type != EventType.End;)
            {
                var read = await lines.ReadAsync();
                open = !read.IsCompleted;
                lines.AdvanceTo(Take(read.Buffer), read.Buffer.End);
            }
            await lines.CompleteAsync();

            SequencePosition Take(ReadOnlySequence<byte> bytes)
            {
                var reader = new SequenceReader<byte>(bytes);
                while (reader.TryReadTo(out ReadOnlySpan<byte> line, (byte)'\n'))
                {
                    if (line.StartsWith("event: "u8))
                        type = line[7..].SequenceEqual("verdict"u8) ? EventType.Verdict : line[7..].SequenceEqual("end"u8) ? EventType.End : EventType.Other;
                    else if (line.StartsWith("id: "u8))
                    {
                        var seq = long.Parse(line[4..], CultureInfo.InvariantCulture);
                        if (seq < last)
                            Bad($"watcher {number}: event {seq} after {last}");
                        last = seq;
                    }
                    else if (line.StartsWith("data: "u8))
                    {
                        seen++;
                        verdicts += type == EventType.Verdict ? 1 : 0;
                    }
                }
                return reader.Position;
            }
            Interlocked.Add(ref _events, seen);
            if (verdicts != nodes || type != EventType.End)
                Bad($"watcher {number}: {verdicts} of {nodes} verdicts, last event '{type}'");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Bad($"watcher {number}: {e.Message}");
        }
    }

    // Sent when they are due, however long the ones before take.
    private async Task AskAsync(ControllerProcess controller, CancellationToken over)
    {
        if (rate == 0)
            return;
        string[] paths = [$"{Routes.Nodes}?limit=50", $"{Routes.Deployments}?limit=20", Routes.Info, $"{Routes.Nodes}/node-1", $"{Routes.Operations}?active=true"];
        var asked = new List<Task>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / rate));
        try
        {
            for (var i = 0; await timer.WaitForNextTickAsync(over); i++)
                asked.Add(OneAsync(controller, paths[i % paths.Length]));
        }
        catch (OperationCanceledException)
        {
        }
        await Task.WhenAll(asked);
    }

    private async Task OneAsync(ControllerProcess controller, string path)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            using var answer = await controller.Http.GetAsync(new Uri(path, UriKind.Relative));
            await answer.Content.ReadAsByteArrayAsync();
            if (!answer.IsSuccessStatusCode)
                Bad($"{path}: {(int)answer.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            Bad($"{path}: {e.Message}");
        }
        lock (_lock)
            _milliseconds.Add(clock.Elapsed.TotalMilliseconds);
    }

    private void Bad(string what)
    {
        lock (_lock)
            _bad.Add(what);
    }

    private double Percentile(double share) => _milliseconds.Count == 0 ? 0 : _milliseconds[(int)((_milliseconds.Count - 1) * share)];

    private enum EventType
    {
        Other,
        Verdict,
        End,
    }
}
