using System.Collections.Immutable;
using System.Globalization;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>
/// A state under change within one reduction. The rules of movement, in the order in which a node meets them:
/// 1. a micro-step ends for a set when every node was reported, or for the nodes that are ready when patience ends;
/// 2. nodes that are to leave get their verdict;
/// 3. nodes that are done go on: next micro-step, next macro-step with fresh counters, or verdict deployed; they keep the set's name;
/// 4. nodes that failed become a set of their own and try the same instance again, then the next instance with a fresh counter,
///    or get the verdict failed with their last failure.
/// </summary>
internal sealed class Draft
{
    private readonly DeploymentState _base;
    private readonly DateTimeOffset _at;
    private readonly ImmutableDictionary<string, NodeState>.Builder _nodes;
    private readonly ImmutableDictionary<string, RunningStep>.Builder _running;
    private readonly List<Effect> _effects = [];
    private readonly List<DeploymentEvent> _events = [];
    private readonly List<NodeVerdict> _verdicts = [];
    private string? _cancelledBy;
    private int _sets;
    private int _unfinished;

    public Draft(DeploymentState state, DateTimeOffset at)
    {
        _base = state;
        _at = at;
        _nodes = state.Nodes.ToBuilder();
        _running = state.Running.ToBuilder();
        _cancelledBy = state.CancelledBy;
        _sets = state.Sets;
        _unfinished = state.Unfinished;
    }

    public Draft(Happening.Submitted submitted, DateTimeOffset at)
        : this(Empty(submitted, at), at)
    {
    }

    /// <summary>One node set for each plan, all at once.</summary>
    public void BeginAll()
    {
        for (var i = 0; i < _base.Assignments.Length; i++)
            Enter(NewSet(), new(i, 0, 0, 1, 0), [.. _base.Assignments[i].Nodes.Select(n => n.Name)], null);
    }

    public RunningStep? Find(string execution) => _running.GetValueOrDefault(execution);

    public void Halt(string execution) => _effects.Add(new Effect.Halt(execution));

    /// <summary>Notes the outcomes of pending nodes, in the order of the chain.</summary>
    /// <returns>How many there were: others have been heard before, or never belonged here.</returns>
    public int Record(RunningStep step, IReadOnlyDictionary<string, Outcome> outcomes)
    {
        var heard = outcomes.Count == 1
            ? [.. outcomes.Keys.Where(step.Pending.Contains)]
            : step.Nodes.Where(n => outcomes.ContainsKey(n) && step.Pending.Contains(n)).ToList();
        if (heard.Count == 0)
            return 0;
        var failures = step.Failures.ToBuilder();
        foreach (var name in heard)
        {
            if (Record(step, name, outcomes[name]) is { } failure)
                failures[name] = failure;
        }

        step = step with { Pending = step.Pending.Except(heard), Failures = failures.ToImmutable() };
        _running[step.Id] = step;
        StartPatience(step);
        return heard.Count;
    }

    public void FailPending(RunningStep step, Func<string, Outcome.Failed> why) =>
        Record(step, step.Pending.ToDictionary(name => name, Outcome (name) => why(name)));

    /// <summary>The failure of a node that was not reported in time.</summary>
    public Outcome.Failed Late(RunningStep step, string? lastSeen)
    {
        var (macro, micro) = Names(step.Position);
        var seconds = (step.Deadline - step.StartedAt).TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
        return new(
            StepCatalogue.SilentParty(macro, micro),
            "deadline",
            $"{micro} was not finished within {seconds} s; {(lastSeen is null ? "nothing was heard of it during this step" : $"last seen: {lastSeen}")}");
    }

    public void SettleIfComplete(string execution)
    {
        if (_running[execution].Pending.IsEmpty)
            Split(execution);
    }

    /// <summary>Sends the nodes that were reported on their ways; the others, if any, stay in the step.</summary>
    public void Split(string execution)
    {
        var step = _running[execution];
        var held = step.Nodes.Where(step.Pending.Contains).ToImmutableArray();
        if (held.IsEmpty)
        {
            _running.Remove(execution);
            _effects.Add(new Effect.Over(execution));
        }
        else
        {
            _running[execution] = step with { Nodes = held, Set = NewSet(), Failures = ImmutableDictionary<string, Failure>.Empty, PatienceAt = null };
        }

        foreach (var name in held)
            _nodes[name] = _nodes[name] with { Set = _running[execution].Set };

        var ready = new List<string>();
        var failed = new List<string>();
        foreach (var name in step.Nodes.Where(n => !step.Pending.Contains(n)))
        {
            if (_nodes[name].Leaving is { } leaving)
                Decide(name, step.Position, Verdict.Cancelled, new(StageOf(step.Position), Party.User, "cancelled", leaving));
            else
                (step.Failures.ContainsKey(name) ? failed : ready).Add(name);
        }

        if (ready.Count > 0)
            GoOn(step, ready);
        if (failed.Count > 0)
            TryAgain(ready.Count > 0 || held.Length > 0 ? NewSet() : step.Set, step.Position, failed, step.Failures);
    }

    /// <summary>Marks nodes as leaving and stops the steps that no other node needs.</summary>
    public bool Leave(IReadOnlyList<string>? names, string by, string why)
    {
        var leaving = (names ?? [.. _nodes.Keys]).Where(n => _nodes.TryGetValue(n, out var s) && s.Verdict == Verdict.Running && s.Leaving is null).ToList();
        if (leaving.Count == 0)
            return false;
        if (names is null)
            _cancelledBy ??= by;
        foreach (var name in leaving)
            _nodes[name] = _nodes[name] with { Leaving = why };
        foreach (var step in _running.Values.OrderBy(s => s.Id, StringComparer.Ordinal).ToList())
        {
            if (!step.Pending.All(n => _nodes[n].Leaving is not null))
                continue;
            FailPending(step, name => new(Party.User, "cancelled", _nodes[name].Leaving!));
            Halt(step.Id);
            SettleIfComplete(step.Id);
        }

        return true;
    }

    /// <summary>
    /// Continues what ran. Every clock stood still since the last entry of the journal: this may give a step up to its whole limit again,
    /// which is less wrong than failing a node for time in which nobody could hear it.
    /// </summary>
    public bool Resume(TimeSpan away)
    {
        away = away < TimeSpan.Zero ? TimeSpan.Zero : away;
        foreach (var step in _running.Values.OrderBy(s => s.Id, StringComparer.Ordinal).ToList())
        {
            var moved = step with { Deadline = step.Deadline + away, InstanceDeadline = step.InstanceDeadline + away, PatienceAt = step.PatienceAt + away };
            _running[step.Id] = moved;
            Call(moved);
        }

        return true;
    }

    public Reduction Finish()
    {
        var ended = _unfinished == 0;
        if (ended)
            Tell(DeploymentEventKind.End, null, null, null, null, null);
        var state = _base with
        {
            Nodes = _nodes.ToImmutable(),
            Running = _running.ToImmutable(),
            LastAt = _at,
            EndedAt = ended ? _at : null,
            CancelledBy = _cancelledBy,
            Sets = _sets,
            Unfinished = _unfinished,
            Entries = _base.Entries + 1,
            Events = _base.Events + _events.Count,
        };
        return new(state, _effects, _events, _verdicts);
    }

    private static DeploymentState Empty(Happening.Submitted submitted, DateTimeOffset at)
    {
        var assignments = submitted.Assignments
            .Select(a => a with { Nodes = [.. a.Nodes.OrderBy(n => n.Name, NodeNameComparer.Instance)] }).ToImmutableArray();
        var nodes = assignments.SelectMany(a => a.Nodes).ToImmutableDictionary(
            n => n.Name,
            n => new NodeState(n, "", Verdict.Running, null, null, null, [], ImmutableDictionary<string, string>.Empty));
        return new(
            submitted.Request, assignments, at, at, null, null, nodes, ImmutableDictionary<string, RunningStep>.Empty, 0, nodes.Count, 0, 0);
    }

    private Failure? Record(RunningStep step, string name, Outcome outcome)
    {
        var node = _nodes[name];
        var failure = outcome is Outcome.Failed failed ? new Failure(StageOf(step.Position), failed.Party, failed.Reason, failed.Detail) : null;
        var word = outcome switch { Outcome.Failed => "failed", Outcome.Skipped => "skipped", _ => "done" };
        var last = node.Steps[^1] with { EndedAt = _at, Outcome = word, Failure = failure };
        _nodes[name] = node with
        {
            Steps = node.Steps.SetItem(node.Steps.Length - 1, last),
            Facts = outcome is Outcome.Done done ? node.Facts.SetItems(done.Facts) : node.Facts,
        };
        Tell(DeploymentEventKind.Step, name, step.Position, word, failure, (outcome as Outcome.Skipped)?.Why);
        return failure;
    }

    private string NewSet() => string.Create(CultureInfo.InvariantCulture, $"s{++_sets}");

    private (MacroStep Macro, StepInstance Instance) At(Position p)
    {
        var macro = _base.Assignments[p.Assignment].Plan.MacroSteps[p.Macro];
        return (macro, macro.Instances[p.Instance]);
    }

    private (string Macro, string Micro) Names(Position p)
    {
        var (macro, instance) = At(p);
        return (macro.Name, instance.MicroSteps[p.Micro].Name);
    }

    private string StageOf(Position p)
    {
        var (macro, micro) = Names(p);
        return $"{macro}/{micro}";
    }

    private void GoOn(RunningStep step, List<string> names)
    {
        var p = step.Position;
        var plan = _base.Assignments[p.Assignment].Plan;
        if (p.Micro + 1 < At(p).Instance.MicroSteps.Count)
            Enter(step.Set, p with { Micro = p.Micro + 1 }, names, step.InstanceDeadline);
        else if (p.Macro + 1 < plan.MacroSteps.Count)
            Enter(step.Set, p with { Macro = p.Macro + 1, Instance = 0, Attempt = 1, Micro = 0 }, names, null);
        else
            names.ForEach(name => Decide(name, p, Verdict.Deployed, null));
    }

    private void TryAgain(string set, Position p, List<string> names, ImmutableDictionary<string, Failure> failures)
    {
        var (macro, instance) = At(p);
        if (p.Attempt <= instance.Retries)
            Enter(set, p with { Attempt = p.Attempt + 1, Micro = 0 }, names, null);
        else if (p.Instance + 1 < macro.Instances.Count)
            Enter(set, p with { Instance = p.Instance + 1, Attempt = 1, Micro = 0 }, names, null);
        else
            names.ForEach(name => Decide(name, p, Verdict.Failed, failures[name]));
    }

    /// <summary>Brings a set to a micro-step and starts it, unless a breakpoint or a limit that is already over says otherwise.</summary>
    private void Enter(string set, Position p, List<string> names, DateTimeOffset? instanceDeadline)
    {
        var (macro, instance) = At(p);
        var micro = instance.MicroSteps[p.Micro];
        if (micro.Breakpoint)
        {
            foreach (var name in names)
                Decide(name, p, Verdict.Stopped, null);
            return;
        }

        if (p.Micro == 0 && instance.Timeout?.For(names.Count) is { } timeout && timeout > TimeSpan.Zero)
            instanceDeadline = _at + timeout;
        var deadline = _at + micro.Limit.For(names.Count);
        deadline = instanceDeadline < deadline ? instanceDeadline.Value : deadline;
        // Deterministic, so that after a restart driver and agent recognise what they are doing already.
        var id = string.Create(CultureInfo.InvariantCulture, $"{_base.Id}/{set}/{macro.Name}/{p.Instance}-{instance.Type}/{p.Attempt}/{p.Micro:00}-{micro.Name}");
        var step = new RunningStep(
            id, set, p, [.. names], [.. names], ImmutableDictionary<string, Failure>.Empty, _at, deadline, instanceDeadline, null);
        _running[id] = step;
        foreach (var name in names)
        {
            var node = _nodes[name];
            _nodes[name] = node with
            {
                Set = set,
                Steps = node.Steps.Add(new(macro.Name, instance.Type, micro.Name, p.Attempt, _at, null, "running", null)),
            };
            Tell(DeploymentEventKind.Step, name, p, "running", null, null);
        }

        if (deadline > _at)
        {
            Call(step);
            return;
        }

        FailPending(step, _ => new(
            StepCatalogue.SilentParty(macro.Name, micro.Name), "deadline", $"no time was left for {micro.Name}: {instance.Type} may take {instance.Timeout}"));
        SettleIfComplete(id);
    }

    private void Call(RunningStep step)
    {
        var (macro, instance) = At(step.Position);
        var micro = instance.MicroSteps[step.Position.Micro];
        var pending = step.Nodes.Where(step.Pending.Contains).ToList();
        _effects.Add(new Effect.Begin(new(
            step.Id,
            _base.Request,
            macro.Name,
            micro.Name,
            micro.ArgumentsOf(step.Position.Attempt),
            step.Position.Attempt,
            [.. pending.Select(n => _nodes[n].Node)],
            pending.ToDictionary(n => n, n => (IReadOnlyDictionary<string, string>)_nodes[n].Facts),
            step.Deadline)));
        _effects.Add(new Effect.Wake(step.Id, step.WakeAt));
    }

    private void StartPatience(RunningStep step)
    {
        var (_, instance) = At(step.Position);
        if (step.PatienceAt is not null || step.Pending.IsEmpty || instance.MicroSteps[step.Position.Micro].Patience is not { } patience)
            return;
        if (2 * step.Pending.Count > step.Nodes.Length)
            return;
        step = step with { PatienceAt = _at + patience.For(step.Nodes.Length) };
        _running[step.Id] = step;
        _effects.Add(new Effect.Wake(step.Id, step.WakeAt));
    }

    private void Decide(string name, Position p, Verdict verdict, Failure? failure)
    {
        _nodes[name] = _nodes[name] with { Verdict = verdict, Failure = failure, EndedAt = _at };
        _unfinished--;
        _verdicts.Add(new(name, verdict, failure));
        var word = verdict switch
        {
            Verdict.Deployed => "deployed",
            Verdict.Failed => "failed",
            Verdict.Cancelled => "cancelled",
            Verdict.Stopped => "stopped",
            _ => "running",
        };
        Tell(DeploymentEventKind.Verdict, name, p, word, failure, null);
    }

    private void Tell(DeploymentEventKind kind, string? node, Position? p, string? outcome, Failure? failure, string? text)
    {
        var names = p is { } position ? Names(position) : default((string, string)?);
        _events.Add(new(_base.Events + _events.Count + 1, _at, kind, node, names?.Item1, names?.Item2, outcome, failure, Text: text));
    }
}
