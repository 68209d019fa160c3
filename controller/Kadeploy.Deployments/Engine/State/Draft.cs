using System.Collections.Immutable;
using System.Globalization;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>A state under change within one reduction, with what has to be done and told about it. Where nodes go is for <see cref="Movement"/> to say.</summary>
internal sealed class Draft(DeploymentState state, DateTimeOffset at)
{
    private readonly NodeTable.Builder _nodes = state.Nodes.ToBuilder();
    private readonly ImmutableDictionary<string, RunningStep>.Builder _running = state.Running.ToBuilder();
    private readonly List<Effect> _effects = [];
    private readonly List<DeploymentEvent> _events = [];
    private readonly List<NodeVerdict> _verdicts = [];
    private string? _cancelledBy = state.CancelledBy;
    private int _sets = state.Sets;
    private int _unfinished = state.Unfinished;

    public DateTimeOffset At => at;

    public DeploymentRequest Request => state.Request;

    public ImmutableArray<Assignment> Assignments => state.Assignments;

    /// <summary>Every running step, in an order that is the same every time.</summary>
    public List<RunningStep> Steps => [.. _running.Values.OrderBy(s => s.Id, StringComparer.Ordinal)];

    public IEnumerable<string> NodeNames => _nodes.Index.Names;

    public string NewSet() => string.Create(CultureInfo.InvariantCulture, $"s{++_sets}");

    /// <summary>Nodes as a set.</summary>
    public NodeNames SetOf(IEnumerable<string> names) => State.NodeNames.Of(_nodes.Index, names);

    public NodeState Node(string name) => _nodes[name];

    public NodeState? FindNode(string name) => _nodes.Find(name);

    public void Set(NodeState node) => _nodes[node.Node.Name] = node;

    public RunningStep? Find(string execution) => _running.GetValueOrDefault(execution);

    public RunningStep Step(string execution) => _running[execution];

    public void Set(RunningStep step) => _running[step.Id] = step;

    public void Remove(RunningStep step)
    {
        _running.Remove(step.Id);
        Do(new Effect.Over(step.Id));
    }

    public void Do(Effect effect) => _effects.Add(effect);

    public void CancelledBy(string who) => _cancelledBy ??= who;

    public (MacroStep Macro, StepInstance Instance, MicroStep Micro) PlanAt(Position p)
    {
        var macro = state.Assignments[p.Assignment].Plan.MacroSteps[p.Macro];
        var instance = macro.Instances[p.Instance];
        return (macro, instance, instance.MicroSteps[p.Micro]);
    }

    public string StageOf(Position p)
    {
        var (macro, _, micro) = PlanAt(p);
        return $"{macro.Name}/{micro.Name}";
    }

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
        // Nodes that went the same way have the same list, not one each: in a set of thousands nearly all have.
        var ended = new Dictionary<(ImmutableArray<StepRecord> Steps, string Outcome), ImmutableArray<StepRecord>>();
        foreach (var name in heard)
        {
            if (Record(step, name, outcomes[name], ended) is { } failure)
                failures[name] = failure;
        }

        Set(step with { Pending = step.Pending.Except(heard), Failures = failures.ToImmutable() });
        if (PlanAt(step.Position).Micro.Window is not null)
            Do(new Effect.Release(step.Id, heard));
        return heard.Count;
    }

    /// <summary>Nodes begin a step together.</summary>
    public void Begin(RunningStep step, StepRecord record)
    {
        var begun = new Dictionary<ImmutableArray<StepRecord>, ImmutableArray<StepRecord>>();
        Set(step);
        foreach (var name in step.Nodes)
        {
            var node = _nodes[name];
            if (!begun.TryGetValue(node.Steps, out var steps))
                begun[node.Steps] = steps = node.Steps.Add(record);
            Set(node with { Set = step.Set, Steps = steps });
            Tell(DeploymentEventKind.Step, name, step.Position, record.Outcome, null, null);
        }
    }

    /// <summary>Takes nodes out of a step with a verdict; the step is gone when it has none left.</summary>
    public void Withdraw(RunningStep step, List<string> gone, Failure why)
    {
        var pending = gone.Where(step.Pending.Contains).ToList();
        foreach (var name in pending)
        {
            var node = _nodes[name];
            Set(node with { Steps = node.Steps.SetItem(node.Steps.Length - 1, node.Steps[^1] with { EndedAt = at, Outcome = "cancelled", Failure = why }) });
        }

        if (pending.Count > 0 && PlanAt(step.Position).Micro.Window is not null)
            Do(new Effect.Release(step.Id, pending));
        var left = step with
        {
            Nodes = step.Nodes.RemoveRange(gone),
            Pending = step.Pending.Except(gone),
            Failures = step.Failures.RemoveRange(gone),
        };
        if (left.Nodes.IsEmpty)
            Remove(step);
        else
            Set(left);
        gone.ForEach(name => Decide(name, step.Position, Verdict.Cancelled, why));
    }

    public void Decide(string name, Position p, Verdict verdict, Failure? failure)
    {
        Set(_nodes[name] with { Verdict = verdict, Failure = failure, EndedAt = at });
        _unfinished--;
        _verdicts.Add(new(name, verdict, failure, Request.Kind));
        var word = verdict switch
        {
            Verdict.Deployed => "deployed",
            Verdict.Done => "done",
            Verdict.Failed => "failed",
            Verdict.Cancelled => "cancelled",
            Verdict.Stopped => "stopped",
            _ => "running",
        };
        Tell(DeploymentEventKind.Verdict, name, p, word, failure, null);
    }

    public void Tell(DeploymentEventKind kind, string? node, Position? p, string? outcome, Failure? failure, string? text)
    {
        var plan = p is { } position ? PlanAt(position) : default;
        _events.Add(new(state.Events + _events.Count + 1, at, kind, node, plan.Macro?.Name, plan.Micro?.Name, outcome, failure, Text: text));
    }

    public Reduction Finish()
    {
        var ended = _unfinished == 0;
        if (ended)
            Tell(DeploymentEventKind.End, null, null, null, null, null);
        var next = state with
        {
            Nodes = _nodes.ToTable(),
            Running = _running.ToImmutable(),
            LastAt = at,
            EndedAt = ended ? at : null,
            CancelledBy = _cancelledBy,
            Sets = _sets,
            Unfinished = _unfinished,
            Entries = state.Entries + 1,
            Events = state.Events + _events.Count,
        };
        return new(next, _effects, _events, _verdicts);
    }

    private Failure? Record(
        RunningStep step, string name, Outcome outcome, Dictionary<(ImmutableArray<StepRecord> Steps, string Outcome), ImmutableArray<StepRecord>> ended)
    {
        var node = _nodes[name];
        var failure = outcome is Outcome.Failed failed ? new Failure(StageOf(step.Position), failed.Party, failed.Reason, failed.Detail) : null;
        var word = outcome switch { Outcome.Failed => "failed", Outcome.Skipped => "skipped", _ => "done" };
        if (failure is not null || !ended.TryGetValue((node.Steps, word), out var steps))
        {
            steps = node.Steps.SetItem(node.Steps.Length - 1, node.Steps[^1] with { EndedAt = at, Outcome = word, Failure = failure });
            if (failure is null)
                ended[(node.Steps, word)] = steps;
        }

        Set(node with
        {
            Steps = steps,
            Facts = outcome is Outcome.Done { Facts.Count: > 0 } done ? node.Facts.SetItems(done.Facts) : node.Facts,
        });
        Tell(DeploymentEventKind.Step, name, step.Position, word, failure, (outcome as Outcome.Skipped)?.Why);
        return failure;
    }
}
