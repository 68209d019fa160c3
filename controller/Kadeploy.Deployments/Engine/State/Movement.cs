using System.Collections.Immutable;
using System.Globalization;
using Kadeploy.Deployments.Engine.Journal;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>
/// Where nodes go. The rules, in the order in which a node meets them:
/// 1. a micro-step begins for a whole set, or wave by wave where a window limits how many nodes may be in it at once;
/// 2. it ends for a set when every node was reported, or for the nodes that are ready when patience ends;
/// 3. nodes that are done go on: next micro-step, next macro-step with fresh counters, or their good verdict; they keep the set's name;
/// 4. nodes that failed become a set of their own and try the same instance again, then the next instance with a fresh counter,
///    or get the verdict failed with their last failure;
/// 5. nodes that somebody stops get their verdict wherever they are, and the others go on.
/// </summary>
internal sealed class Movement(Draft draft)
{
    /// <summary>One node set for each plan, all at once.</summary>
    public void BeginAll()
    {
        for (var i = 0; i < draft.Assignments.Length; i++)
            Enter(draft.NewSet(), new(i, 0, 0, 1, 0), [.. draft.Assignments[i].Nodes.Select(n => n.Name)], null);
    }

    /// <summary>Takes note of outcomes and moves whoever can be moved; false when none of them was news.</summary>
    public bool Report(RunningStep step, IReadOnlyDictionary<string, Outcome> outcomes)
    {
        if (draft.Record(step, outcomes) == 0)
            return false;
        step = draft.Step(step.Id);
        if (step.Pending.IsEmpty)
            Split(step);
        else
            StartPatience(step);
        return true;
    }

    /// <summary>Fails the nodes of one wave that have not been reported.</summary>
    public void Fail(RunningStep step, Wave wave, Func<string, Outcome.Failed> why) =>
        Report(step, wave.Nodes.Where(step.Pending.Contains).ToDictionary(name => name, Outcome (name) => why(name)));

    /// <summary>Lets nodes in through the window; their time begins now. False when none of them waits any more.</summary>
    public bool Admit(RunningStep step, IReadOnlyList<string> names)
    {
        var let = names.ToHashSet();
        var admitted = step.Queued().Where(let.Contains).ToList();
        if (admitted.Count == 0)
            return false;
        var waited = draft.At - step.StartedAt;
        Call(step with { Waited = waited > step.Waited ? waited : step.Waited }, admitted, step.InstanceDeadline + waited);
        return true;
    }

    /// <summary>Sends the nodes that were reported on their ways; the others, if any, stay in the step.</summary>
    public void Split(RunningStep step)
    {
        var held = step.Nodes.Where(step.Pending.Contains).ToImmutableArray();
        if (held.IsEmpty)
        {
            draft.Remove(step);
        }
        else
        {
            var late = draft.NewSet();
            draft.Set(step with { Nodes = held, Set = late, Failures = ImmutableDictionary<string, Failure>.Empty, PatienceAt = null });
            foreach (var name in held)
                draft.Set(draft.Node(name) with { Set = late });
        }

        var ready = new List<string>();
        var failed = new List<string>();
        foreach (var name in step.Nodes.Where(n => !step.Pending.Contains(n)))
        {
            (step.Failures.ContainsKey(name) ? failed : ready).Add(name);
        }

        if (ready.Count > 0)
            GoOn(step, ready);
        if (failed.Count > 0)
            TryAgain(ready.Count > 0 || held.Length > 0 ? draft.NewSet() : step.Set, step, failed);
    }

    /// <summary>Takes nodes out, whatever they are doing; false when none of them had anything to do.</summary>
    public bool Leave(Happening.CancelAsked asked)
    {
        var leaving = (asked.Nodes ?? [.. draft.NodeNames]).Where(n => draft.FindNode(n) is { Verdict: Verdict.Running }).ToHashSet();
        if (leaving.Count == 0)
            return false;
        if (asked.Nodes is null)
            draft.CancelledBy(asked.By);
        foreach (var step in draft.Steps)
        {
            var gone = step.Nodes.Where(leaving.Contains).ToList();
            if (gone.Count > 0)
                Withdraw(step, gone, asked.Reason ?? "cancelled", asked.Why);
        }

        return true;
    }

    /// <summary>Cancels the call of a wave that still has something to do.</summary>
    public void HaltIfPending(RunningStep step, int wave)
    {
        if (step.Waves[wave].Nodes.Any(step.Pending.Contains))
            draft.Do(new Effect.Halt(step.Id, wave));
    }

    /// <summary>
    /// Continues what ran. Every clock stood still since the last entry of the journal: this may give a step up to its whole limit again,
    /// which is less wrong than failing a node for time in which nobody could hear it.
    /// </summary>
    public void Resume(TimeSpan away)
    {
        away = away < TimeSpan.Zero ? TimeSpan.Zero : away;
        foreach (var step in draft.Steps)
        {
            var moved = step with
            {
                Waves = [.. step.Waves.Select(w => w with { Deadline = w.Deadline + away })],
                InstanceDeadline = step.InstanceDeadline + away,
                PatienceAt = step.PatienceAt + away,
            };
            draft.Set(moved);
            for (var i = 0; i < moved.Waves.Length; i++)
                Begin(moved, i);
            var queued = moved.Queued().ToList();
            if (queued.Count > 0)
                draft.Do(new Effect.Queue(step.Id, draft.PlanAt(step.Position).Micro.Window!, queued));
            Wake(moved);
        }
    }

    /// <summary>Takes nodes out of a step. Calls in which nobody is left are cancelled, the others told whom to let go.</summary>
    private void Withdraw(RunningStep step, List<string> gone, string reason, string why)
    {
        for (var i = 0; i < step.Waves.Length; i++)
        {
            var working = step.Waves[i].Nodes.Where(step.Pending.Contains).ToList();
            var leaving = working.Where(gone.Contains).ToList();
            if (leaving.Count == 0)
                continue;
            draft.Do(leaving.Count == working.Count ? new Effect.Halt(step.Id, i) : new Effect.Expel(step.Id, i, leaving));
        }

        draft.Withdraw(step, gone, new(draft.StageOf(step.Position), Party.User, reason, why));
        if (draft.Find(step.Id) is not { } left)
            return;
        if (left.Pending.IsEmpty)
            Split(left);
        else
            StartPatience(left);
    }

    private void GoOn(RunningStep step, List<string> names)
    {
        var p = step.Position;
        if (p.Micro + 1 < draft.PlanAt(p).Instance.MicroSteps.Count)
            Enter(step.Set, p with { Micro = p.Micro + 1 }, names, step.InstanceDeadline + step.Waited);
        else if (p.Macro + 1 < draft.Assignments[p.Assignment].Plan.MacroSteps.Count)
            Enter(step.Set, p with { Macro = p.Macro + 1, Instance = 0, Attempt = 1, Micro = 0 }, names, null);
        else
            names.ForEach(name => draft.Decide(name, p, draft.Request.Kind == OperationKind.Deployment ? Verdict.Deployed : Verdict.Done, null));
    }

    private void TryAgain(string set, RunningStep step, List<string> names)
    {
        var p = step.Position;
        var (macro, instance, _) = draft.PlanAt(p);
        if (p.Attempt <= instance.Retries)
            Enter(set, p with { Attempt = p.Attempt + 1, Micro = 0 }, names, null);
        else if (p.Instance + 1 < macro.Instances.Count)
            Enter(set, p with { Instance = p.Instance + 1, Attempt = 1, Micro = 0 }, names, null);
        else
            names.ForEach(name => draft.Decide(name, p, Verdict.Failed, step.Failures[name]));
    }

    /// <summary>Brings a set to a micro-step and starts it, unless a breakpoint says otherwise.</summary>
    private void Enter(string set, Position p, List<string> names, DateTimeOffset? instanceDeadline)
    {
        var (macro, instance, micro) = draft.PlanAt(p);
        if (micro.Breakpoint)
        {
            names.ForEach(name => draft.Decide(name, p, Verdict.Stopped, null));
            return;
        }

        if (p.Micro == 0 && instance.Timeout?.For(names.Count) is { } timeout && timeout > TimeSpan.Zero)
            instanceDeadline = draft.At + timeout;
        // Deterministic, so that after a restart driver and agent recognise what they are doing already.
        var id = string.Create(
            CultureInfo.InvariantCulture, $"{draft.Request.Id}/{set}/{macro.Name}/{p.Instance}-{instance.Type}/{p.Attempt}/{p.Micro:00}-{micro.Name}");
        var step = new RunningStep(
            id, set, p, [.. names], draft.SetOf(names), ImmutableDictionary<string, Failure>.Empty, [], draft.At, instanceDeadline, TimeSpan.Zero, null);
        draft.Begin(step, new(macro.Name, instance.Type, micro.Name, p.Attempt, draft.At, null, "running", null));

        if (micro.Window is { } window)
            draft.Do(new Effect.Queue(id, window, names));
        else
            Call(step, names, instanceDeadline);
    }

    /// <summary>Starts a wave, unless the time of its instance is over already.</summary>
    private void Call(RunningStep step, List<string> names, DateTimeOffset? latest)
    {
        var (_, instance, micro) = draft.PlanAt(step.Position);
        var deadline = draft.At + micro.Limit.For(names.Count);
        deadline = latest < deadline ? latest.Value : deadline;
        var wave = new Wave([.. names], draft.At, deadline);
        step = step with { Waves = step.Waves.Add(wave) };
        draft.Set(step);
        if (deadline > draft.At)
        {
            Begin(step, step.Waves.Length - 1);
            Wake(step);
            return;
        }

        Fail(step, wave, _ => Failures.NoTimeLeft(draft, step, instance));
    }

    private void Begin(RunningStep step, int wave)
    {
        var (macro, _, micro) = draft.PlanAt(step.Position);
        var pending = step.Waves[wave].Nodes.Where(step.Pending.Contains).ToList();
        if (pending.Count == 0)
            return;
        var execution = new StepExecution(
            step.Id,
            draft.Request,
            macro.Name,
            micro.Name,
            micro.ArgumentsOf(step.Position.Attempt),
            step.Position.Attempt,
            [.. pending.Select(n => draft.Node(n).Node)],
            pending.ToDictionary(n => n, n => (IReadOnlyDictionary<string, string>)draft.Node(n).Facts),
            step.Waves[wave].Deadline)
        {
            Custom = micro.Custom,
        };
        draft.Do(new Effect.Begin(execution, wave, micro.Window));
    }

    private void StartPatience(RunningStep step)
    {
        if (step.PatienceAt is not null || draft.PlanAt(step.Position).Micro.Patience is not { } patience || 2 * step.Pending.Count > step.Nodes.Length)
            return;
        step = step with { PatienceAt = draft.At + patience.For(step.Nodes.Length) };
        draft.Set(step);
        Wake(step);
    }

    private void Wake(RunningStep step)
    {
        if (step.WakeAt is { } at)
            draft.Do(new Effect.Wake(step.Id, at));
    }
}
