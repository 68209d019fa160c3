namespace Kadeploy.Deployments.Engine.State;

/// <summary>What the engine must do once a transition is in the journal.</summary>
internal abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>Call the driver.</summary>
    /// <param name="Execution">With what.</param>
    /// <param name="Wave">Which of the step's calls it is, from 0.</param>
    /// <param name="Window">The window whose slots it uses, or null.</param>
    public sealed record Begin(StepExecution Execution, int Wave, string? Window) : Effect;

    /// <summary>Cancel one of the step's driver calls: nothing it may still say counts.</summary>
    public sealed record Halt(string Execution, int Wave) : Effect;

    /// <summary>Take nodes out of a driver call that goes on for others: nothing that it may still say about them counts.</summary>
    public sealed record Expel(string Execution, int Wave, IReadOnlyList<string> Nodes) : Effect;

    /// <summary>Let nodes in through a window, as many at a time as it allows.</summary>
    public sealed record Queue(string Execution, string Window, IReadOnlyList<string> Nodes) : Effect;

    /// <summary>Nodes are through, or need not go in any more.</summary>
    public sealed record Release(string Execution, IReadOnlyList<string> Nodes) : Effect;

    /// <summary>Look at a running step at that time.</summary>
    public sealed record Wake(string Execution, DateTimeOffset At) : Effect;

    /// <summary>A step has ended: nobody needs to look at it any more. Its driver calls may still be cleaning up.</summary>
    public sealed record Over(string Execution) : Effect;
}
