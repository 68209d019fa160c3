using System.Collections.Immutable;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>
/// All decisions of the engine in one pure function: state and happening in, state and effects out. No clock, no randomness, no I/O:
/// folding a deployment's journal gives its state, today or after a crash.
/// </summary>
internal static class Reducer
{
    /// <summary>The first happening of a deployment.</summary>
    public static Reduction Start(Happening.Submitted submitted, DateTimeOffset at)
    {
        var draft = new Draft(Empty(submitted, at), at);
        new Movement(draft).BeginAll();
        return draft.Finish();
    }

    /// <summary>Any later one; null when it changes nothing (a report that came too late), so that it need not be kept.</summary>
    public static Reduction? Reduce(DeploymentState state, Happening happening, DateTimeOffset at)
    {
        if (state.EndedAt is not null)
            return null;
        var draft = new Draft(state, at);
        var movement = new Movement(draft);
        var changed = happening switch
        {
            Happening.Reported reported => draft.Find(reported.Execution) is { } step && movement.Report(step, reported.Outcomes),
            Happening.Admitted admitted => draft.Find(admitted.Execution) is { } step && movement.Admit(step, admitted.Nodes),
            Happening.DeadlinePassed passed => DeadlinePassed(draft, movement, passed),
            Happening.PatienceEnded ended => PatienceEnded(draft, movement, ended),
            Happening.CallReturned returned => CallReturned(draft, movement, returned),
            Happening.CancelAsked asked => movement.Leave(asked),
            Happening.Resumed => Resumed(movement, at - state.LastAt),
            _ => false,
        };
        return changed ? draft.Finish() : null;
    }

    private static bool DeadlinePassed(Draft draft, Movement movement, Happening.DeadlinePassed passed)
    {
        var any = false;
        // The step changes with every wave that fails, and is gone after the last.
        for (var i = 0; draft.Find(passed.Execution) is { } step && i < step.Waves.Length; i++)
        {
            var wave = step.Waves[i];
            // A timer set before a restart may come early: the deadline has moved since.
            if (wave.Deadline > draft.At || !wave.Nodes.Any(step.Pending.Contains))
                continue;
            any = true;
            movement.HaltIfPending(step, i);
            movement.Fail(step, wave, node => Failures.Late(draft, step, wave, passed.LastSeen.GetValueOrDefault(node)));
        }

        return any;
    }

    private static bool PatienceEnded(Draft draft, Movement movement, Happening.PatienceEnded ended)
    {
        if (draft.Find(ended.Execution) is not { PatienceAt: { } patience } step || draft.At < patience)
            return false;
        movement.Split(step);
        return true;
    }

    private static bool CallReturned(Draft draft, Movement movement, Happening.CallReturned returned)
    {
        if (draft.Find(returned.Execution) is not { } step || returned.Wave >= step.Waves.Length || !step.Waves[returned.Wave].Nodes.Any(step.Pending.Contains))
            return false;
        movement.Fail(step, step.Waves[returned.Wave], _ => Failures.Returned(returned.Error));
        return true;
    }

    private static bool Resumed(Movement movement, TimeSpan away)
    {
        movement.Resume(away);
        return true;
    }

    private static DeploymentState Empty(Happening.Submitted submitted, DateTimeOffset at)
    {
        var assignments = submitted.Assignments
            .Select(a => a with { Nodes = [.. a.Nodes.OrderBy(n => n.Name, NodeNameComparer.Instance)] }).ToImmutableArray();
        var nodes = NodeTable.Of([.. assignments.SelectMany(a => a.Nodes).Select(
            n => new NodeState(n, "", Verdict.Running, null, null, [], ImmutableDictionary<string, string>.Empty))]);
        return new(
            submitted.Request, assignments, at, at, null, null, nodes, ImmutableDictionary<string, RunningStep>.Empty, 0, nodes.Count, 0, 0);
    }
}
