using Kadeploy.Deployments.Engine.Journal;

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
        var draft = new Draft(submitted, at);
        draft.BeginAll();
        return draft.Finish();
    }

    /// <summary>Any later one; null when it changes nothing (a report that came too late), so that it need not be kept.</summary>
    public static Reduction? Reduce(DeploymentState state, Happening happening, DateTimeOffset at)
    {
        if (state.EndedAt is not null)
            return null;
        var draft = new Draft(state, at);
        var changed = happening switch
        {
            Happening.Reported reported => Reported(draft, reported),
            Happening.DeadlinePassed passed => DeadlinePassed(draft, passed, at),
            Happening.PatienceEnded ended => PatienceEnded(draft, ended, at),
            Happening.CallReturned returned => CallReturned(draft, returned),
            Happening.CancelAsked asked => CancelAsked(draft, asked),
            Happening.Resumed => draft.Resume(at - state.LastAt),
            _ => false,
        };
        return changed ? draft.Finish() : null;
    }

    private static bool Reported(Draft draft, Happening.Reported reported)
    {
        if (draft.Find(reported.Execution) is not { } step || draft.Record(step, reported.Outcomes) == 0)
            return false;
        draft.SettleIfComplete(reported.Execution);
        return true;
    }

    private static bool DeadlinePassed(Draft draft, Happening.DeadlinePassed passed, DateTimeOffset at)
    {
        // A timer set before a restart may come early: the deadline has moved since.
        if (draft.Find(passed.Execution) is not { } step || at < step.Deadline)
            return false;
        draft.FailPending(step, node => draft.Late(step, passed.LastSeen.GetValueOrDefault(node)));
        draft.Halt(passed.Execution);
        draft.SettleIfComplete(passed.Execution);
        return true;
    }

    private static bool PatienceEnded(Draft draft, Happening.PatienceEnded ended, DateTimeOffset at)
    {
        if (draft.Find(ended.Execution) is not { PatienceAt: { } patience } || at < patience)
            return false;
        draft.Split(ended.Execution);
        return true;
    }

    private static bool CallReturned(Draft draft, Happening.CallReturned returned)
    {
        if (draft.Find(returned.Execution) is not { } step)
            return false;
        draft.FailPending(step, _ => returned.Error is null
            ? new(Party.Controller, "no-report", "the driver ended without saying what became of this node; this is a fault of the controller")
            : new(Party.Controller, "internal-error", returned.Error));
        draft.SettleIfComplete(returned.Execution);
        return true;
    }

    private static bool CancelAsked(Draft draft, Happening.CancelAsked asked) => draft.Leave(asked.Nodes, asked.By, asked.Why);
}
