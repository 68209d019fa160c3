using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Link;

/// <summary>
/// Runs the controller's orders, each in its own task, each id once: an order that comes again while it runs is ignored, and after its end its
/// result is told again.
/// </summary>
internal sealed class StepDesk(Outbox outbox, SessionMemory memory, TimeProvider time)
{
    // An order without a deadline still ends.
    private static readonly TimeSpan LongestStep = TimeSpan.FromHours(6);

    // A step that neither ends nor lets itself be stopped (a disk that hangs in the kernel) is given up this long after its deadline.
    private static readonly TimeSpan Abandon = TimeSpan.FromSeconds(10);

    // What ends this system waits so long for a controller that does not acknowledge.
    private static readonly TimeSpan AcknowledgePatience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, CancellationTokenSource> _running = [];

    public IReadOnlyList<string> Running
    {
        get
        {
            lock (_gate)
                return [.. _running.Keys];
        }
    }

    public void Run(StepOrder order)
    {
        CancellationTokenSource cancelled;
        lock (_gate)
        {
            if (_running.ContainsKey(order.Id) || outbox.TellAgain(order.Id))
                return;
            if (memory.WasStarted(order.Id))
            {
                outbox.Result(order.Id, new StepFailed(Party.Agent, "agent-restarted", "the agent died while it ran this step and was started again"));
                return;
            }
            memory.Started(order.Id);
            _running[order.Id] = cancelled = new CancellationTokenSource();
        }
        _ = Task.Run(() => FollowAsync(order, cancelled));
    }

    public void Cancel(string stepId)
    {
        lock (_gate)
            if (_running.TryGetValue(stepId, out var cancelled))
                cancelled.Cancel();
    }

    /// <summary>The controller has this result: what ends this system may happen now.</summary>
    public void Acknowledge(string stepId)
    {
        if (outbox.Acknowledge(stepId) is StepDone { Afterwards: { } afterwards })
            afterwards();
    }

    private async Task FollowAsync(StepOrder order, CancellationTokenSource cancelled)
    {
        Log.Line($"step {order.Id}: {order.Step.Title}");
        var started = time.GetTimestamp();
        var outcome = await OutcomeAsync(order, cancelled);
        Log.Line($"step {order.Id}: {Describe(outcome)} after {time.GetElapsedTime(started).TotalSeconds:0.00} s");
        lock (_gate)
        {
            // In this order within the lock: whoever sends the order again must find it either running or finished.
            outbox.Result(order.Id, outcome);
            _running.Remove(order.Id);
        }
        cancelled.Dispose();
        if (outcome is StepDone { Afterwards: not null })
        {
            await Task.Delay(AcknowledgePatience, time);
            Acknowledge(order.Id);
        }
    }

    private async Task<StepOutcome> OutcomeAsync(StepOrder order, CancellationTokenSource cancelled)
    {
        var limit = order.Deadline > TimeSpan.Zero ? order.Deadline : LongestStep;
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancelled.Token);
        var activity = order.Step.Title;
        void Progress(string what, ulong done, ulong total)
        {
            activity = what;
            outbox.Progress(new ProgressNote(order.Id, what, done, total));
        }
        try
        {
            var step = order.Step.RunAsync(Progress, either.Token);
            var giveUp = Task.Delay(limit + Abandon, time, cancelled.Token);
            if (await Task.WhenAny(step, giveUp) == step || cancelled.IsCancellationRequested && await EndsSoonAsync(step))
                return await step;
            return new StepFailed(Party.Kernel, cancelled.IsCancellationRequested ? "cancelled" : "deadline", $"{activity}: it cannot be stopped");
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            return new StepFailed(Party.Controller, "cancelled", $"cancelled during: {activity}");
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new StepFailed(Party.Agent, "deadline", $"not done within {limit.TotalSeconds:0} s, during: {activity}");
        }
        catch (Exception bug)
        {
            return new StepFailed(Party.Agent, "internal-error", bug.ToString());
        }
    }

    private async Task<bool> EndsSoonAsync(Task step) => await Task.WhenAny(step, Task.Delay(Abandon, time)) == step;

    private static string Describe(StepOutcome outcome) => outcome switch
    {
        StepFailed failed => $"FAILED ({failed.Party}, {failed.Reason}): {failed.Detail}",
        _ => "done",
    };
}
