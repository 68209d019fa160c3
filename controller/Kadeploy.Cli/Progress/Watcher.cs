using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Progress;

/// <summary>
/// Follows a deployment or a broadcast to its end: 1. events are read into a view; 2. a display draws it; 3. an interrupt asks whether to cancel, to detach or to
/// go on; 4. the verdicts are reported and give the exit code.
/// </summary>
internal sealed class Watcher<T>(Operation<T> operation, Terminal terminal, TimeProvider time, bool json, bool quiet, TimeSpan patience)
    where T : class
{
    private readonly TypedLines? _typed = terminal.CanAsk && !json && TypedLines.MayRead ? new TypedLines() : null;

    private enum Choice
    {
        Detach,
        Cancel,
        GoOn,
    }

    /// <summary>Whether the operation was seen to its end.</summary>
    public bool Ended { get; private set; }

    /// <summary>Returns the exit code.</summary>
    /// <param name="id">The operation.</param>
    /// <param name="results">Where good and bad nodes are written, if anywhere.</param>
    /// <param name="interrupts">The interrupts, those too that came while it was started.</param>
    /// <param name="justStarted">The controller was there a moment ago, and is waited for when it does not answer.</param>
    public async Task<int> WatchAsync(string id, NodeFiles results, Interrupts interrupts, bool justStarted)
    {
        var events = new EventFeed<T>(operation, time, patience);
        Answer<T>? asked = justStarted ? await FirstAsync(id, events, interrupts) : await operation.GetAsync(id, CancellationToken.None);
        if (asked is not { } first)
            return ExitCode.Interrupted;
        if (!first.TryGet(out var start, out var failure))
            return terminal.Fail(failure);
        if (!operation.IsRunning(start))
            return Report(start, results);

        var view = operation.View(start);
        using var over = new CancellationTokenSource();
        var feed = events.FollowAsync(id, new ViewReader(view, time), over.Token);
        var cancelled = false;
        // Once in any case: on a busy machine all may have come before anything was shown.
        do
        {
            if (!await ShowUntilInterruptedAsync(view, feed, interrupts))
                break;
            var choice = await AskAsync(id, feed, interrupts);
            if (choice == Choice.Detach)
            {
                await over.CancelAsync();
                await feed.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                return ExitCode.Interrupted;
            }

            if (choice != Choice.Cancel)
                continue;
            if (!(await operation.CancelAsync(id, CancellationToken.None)).TryGet(out _, out var refused))
                terminal.Fail(refused);
            else
                cancelled = true;
        }
        while (!feed.IsCompleted);

        if (!(await feed).TryGet(out var end, out failure))
            return terminal.Fail(failure);
        var code = Report(end, results);
        return cancelled ? ExitCode.Interrupted : code;
    }

    // Null when it was interrupted.
    private async Task<Answer<T>?> FirstAsync(string id, EventFeed<T> events, Interrupts interrupts)
    {
        using var stop = new CancellationTokenSource();
        var first = events.FirstAsync(id, failure => terminal.Warn($"{failure.Message}; {operation.Noun} {id} was started and is followed as soon as it answers"), stop.Token);
        var signal = interrupts.NextAsync(stop.Token);
        if (await Task.WhenAny(first, signal) == signal)
        {
            await stop.CancelAsync();
            Detached(id);
            return null;
        }

        await stop.CancelAsync();
        await interrupts.GiveBackAsync(signal);
        return await first;
    }

    private int Report(T end, NodeFiles results)
    {
        Ended = true;
        if (json)
            terminal.Json(end, operation.Type);
        else
            operation.Report(terminal.Out, end);
        var (good, bad) = operation.Nodes(end);
        return results.Write(good, bad).TryGet(out _, out var failure) ? ExitCode.Of(good.Count, good.Count + bad.Count) : terminal.Fail(failure);
    }

    /// <summary>True when an interrupt came first, false when the operation ended. ENTER meanwhile prints where every node is.</summary>
    private async Task<bool> ShowUntilInterruptedAsync(DeploymentView view, Task feed, Interrupts interrupts)
    {
        while (true)
        {
            if (await ShowAsync(view, feed, interrupts) is { } interrupted)
                return interrupted;
            foreach (var line in view.Read().Status(time.GetUtcNow()))
                terminal.Out.WriteLine(line);
        }
    }

    /// <summary>Null when somebody pressed ENTER.</summary>
    private async Task<bool?> ShowAsync(DeploymentView view, Task feed, Interrupts interrupts)
    {
        using var stop = new CancellationTokenSource();
        IDeploymentDisplay display = json || quiet ? new SilentDisplay()
            : terminal.IsLive ? new LiveTable(terminal.Ansi, time)
            : new PlainDisplay(terminal.Out, time);
        var shown = display.RunAsync(view, stop.Token);
        var signal = interrupts.NextAsync(stop.Token);
        var typed = NextLineAsync(stop.Token);
        var first = await Task.WhenAny(feed, signal, typed);
        await stop.CancelAsync();
        await shown;
        if (first != signal)
            await interrupts.GiveBackAsync(signal);
        return first == typed ? null : first == signal;
    }

    /// <summary>Never completes where there is nobody to type.</summary>
    private async Task<string?> NextLineAsync(CancellationToken stop)
    {
        if (_typed is not null && await _typed.NextAsync(stop) is { } line)
            return line;
        await Task.Delay(Timeout.Infinite, stop);
        return null;
    }

    private async Task<Choice> AskAsync(string id, Task feed, Interrupts interrupts)
    {
        if (_typed is null)
            return Detached(id);
        terminal.Out.Write($"[c]ancel the {operation.Noun}, [d]etach and let it go on, or ENTER to go on watching? ");
        terminal.Out.Flush();
        using var stop = new CancellationTokenSource();
        var line = _typed.NextAsync(stop.Token);
        var again = interrupts.NextAsync(stop.Token);
        var first = await Task.WhenAny(line, again, feed);
        await stop.CancelAsync();
        if (first != again)
            await interrupts.GiveBackAsync(again);
        if (first == feed)
            return Choice.GoOn;
        if (first == again)
        {
            terminal.Out.WriteLine();
            return Detached(id);
        }

        return (await line)?.Trim() switch
        {
            null or "d" or "D" or "detach" => Detached(id),
            "c" or "C" or "cancel" => Choice.Cancel,
            _ => Choice.GoOn,
        };
    }

    private Choice Detached(string id)
    {
        terminal.Error.WriteLine(
            $"kadeploy: detached; {operation.Noun} {id} goes on. Watch it again: kadeploy {operation.Noun} wait {id}   Stop it: kadeploy {operation.Noun} cancel {id}");
        return Choice.Detach;
    }

    private sealed class ViewReader(DeploymentView view, TimeProvider time) : IEventReader
    {
        public void Event(string type, DeploymentEvent e) => view.Apply(type, e);

        public void Lost(string why) => view.Connection(why, time.GetUtcNow());

        public void Back() => view.Connection(null, time.GetUtcNow());
    }
}
