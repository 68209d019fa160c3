using System.Collections.Concurrent;
using Kadeploy.Deployments.Engine.State;

namespace Kadeploy.Deployments.Engine.Live;

/// <summary>Calls the driver and cancels calls. Everything but the calls themselves happens on the engine's loop.</summary>
/// <param name="driver">The driver.</param>
/// <param name="time">Time.</param>
/// <param name="options">How long to wait for what was cancelled.</param>
/// <param name="post">Puts a letter into the mailbox.</param>
/// <param name="find">Finds a deployment, for progress.</param>
internal sealed class DriverCalls(
    IStepDriver driver,
    TimeProvider time,
    EngineOptions options,
    Action<Letter> post,
    Func<string, LiveDeployment?> find)
{
    private readonly ConcurrentDictionary<(string Execution, int Wave), DriverCall> _calls = new();

    /// <summary>The cancelled calls of a node, which may not have returned yet.</summary>
    private readonly Dictionary<string, Task> _unwinding = [];
    private volatile bool _closed;

    /// <summary>What begins from now on begins at the next start: the journal has it.</summary>
    public void BeginNoMore() => _closed = true;

    /// <summary>Waits for calls to end by themselves, within reason.</summary>
    public async Task SettleAsync(TimeSpan grace, Func<StepExecution, bool> worthWaiting)
    {
        var ending = _calls.Values.Where(c => worthWaiting(c.Execution)).Select(c => c.Task).ToList();
        try
        {
            await Task.WhenAll(ending).WaitAsync(grace, time);
        }
        catch (TimeoutException)
        {
            options.Notice($"{ending.Count(t => !t.IsCompleted)} driver calls did not end within {grace}: they are cancelled, and called again by the next start", null);
        }
    }

    public void Begin(string deployment, Effect.Begin begin)
    {
        if (_closed)
            return;
        var call = new DriverCall(deployment, begin.Execution, begin.Wave);
        _calls[(begin.Execution.Id, begin.Wave)] = call;
        call.Task = RunAsync(call, Predecessors(begin.Execution));
    }

    public void Halt(Effect.Halt halt)
    {
        if (!_calls.TryGetValue((halt.Execution, halt.Wave), out var call))
            return;
        foreach (var node in call.Execution.Nodes)
            Unwinds(node.Name, call.Task);
        Cancel(call);
    }

    /// <summary>The cancelled calls of a node, if they may not have returned yet.</summary>
    public Task? Unwinding(string node) => _unwinding.GetValueOrDefault(node);

    /// <summary>Nodes are let go from a call that goes on for others.</summary>
    public void Expel(Effect.Expel expel)
    {
        if (!_calls.TryGetValue((expel.Execution, expel.Wave), out var call))
            return;
        foreach (var node in expel.Nodes)
            Unwinds(node, call.WhenLetGo(node));
        _ = ExpelAsync();

        async Task ExpelAsync()
        {
            await Task.Yield();
            foreach (var node in expel.Nodes)
                Guarded(call, () => call.Expel(node));
        }
    }

    /// <summary>A call has returned.</summary>
    public void Forget(DriverCall call)
    {
        _calls.TryRemove(KeyValuePair.Create((call.Execution.Id, call.Wave), call));
        call.End();
        call.Dispose();
    }

    public void CancelAll()
    {
        _closed = true;
        foreach (var call in _calls.Values)
            Cancel(call);
    }

    /// <summary>Cancels every call and waits for them, within reason.</summary>
    public async Task StopAsync()
    {
        CancelAll();
        var tasks = _calls.Values.Select(c => c.Task).ToList();
        try
        {
            await Task.WhenAll(tasks).WaitAsync(options.CancelGrace, time);
        }
        catch (TimeoutException)
        {
            options.Notice($"{tasks.Count(t => !t.IsCompleted)} driver calls did not end within {options.CancelGrace} of being cancelled", null);
        }
    }

    // A node may have left a call that went on for others, and both are cancelled at once.
    private void Unwinds(string node, Task task) => _unwinding[node] = Unwinding(node) is { IsCompleted: false } other ? Task.WhenAll(other, task) : task;

    /// <summary>Cancelled calls that may still be working on these nodes.</summary>
    private List<Task> Predecessors(StepExecution execution)
    {
        var tasks = new HashSet<Task>();
        foreach (var node in execution.Nodes)
        {
            if (_unwinding.Remove(node.Name, out var task) && !task.IsCompleted)
                tasks.Add(task);
        }

        return [.. tasks];
    }

    private async Task RunAsync(DriverCall call, List<Task> predecessors)
    {
        // A driver that computes before its first await must not hold up the loop.
        await Task.Yield();
        string? error = null;
        try
        {
            if (predecessors.Count > 0)
            {
                // Also when this call is cancelled meanwhile: whoever waits for it waits for them.
                await AwaitAsync(predecessors, call);
                // Not on the stack of the driver that let go.
                await Task.Yield();
                call.Token.ThrowIfCancellationRequested();
            }

            var names = call.Execution.Nodes.Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
            await driver.RunAsync(call.Execution, new StepReport(call, names, Finished, Progress), call.Token);
        }
        catch (OperationCanceledException) when (call.Token.IsCancellationRequested)
        {
            // The engine has judged already.
        }
#pragma warning disable CA1031 // An exception of a driver is a bug; it costs these nodes their step, never the others.
        catch (Exception e)
#pragma warning restore CA1031
        {
            error = $"{e.GetType().Name}: {e.Message}";
            options.Notice($"{call.Execution.Id}: the driver threw", e);
        }

        post(new Letter.Returned(call, error));
    }

    private void Finished(DriverCall call, string node, Outcome outcome) => post(new Letter.Finished(call, node, outcome));

    private void Progress(DriverCall call, string node, string activity, long done, long total) =>
        find(call.Deployment)?.Progress(call.Execution.Id, node, time.GetUtcNow(), activity, done, total);

    private async Task AwaitAsync(List<Task> predecessors, DriverCall call)
    {
        try
        {
            await Task.WhenAll(predecessors).WaitAsync(options.CancelGrace, time);
        }
        catch (TimeoutException)
        {
            options.Notice($"{call.Execution.Id}: a cancelled driver call on the same nodes has not ended after {options.CancelGrace}; going on", null);
        }
    }

    private void Cancel(DriverCall call)
    {
        call.End();
        _ = CancelAsync();

        async Task CancelAsync()
        {
            // A driver's callback may take its time: not on the loop's.
            await Task.Yield();
            Guarded(call, call.Cancel);
        }
    }

    private void Guarded(DriverCall call, Action cancel)
    {
        try
        {
            cancel();
        }
        catch (AggregateException e)
        {
            options.Notice($"{call.Execution.Id}: cancelling the driver threw", e);
        }
    }
}
