namespace Kadeploy.Deployments.Engine.State;

/// <summary>What the engine must do once a transition is in the journal.</summary>
internal abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>Call the driver.</summary>
    public sealed record Begin(StepExecution Execution) : Effect;

    /// <summary>Cancel the driver's call: nothing it may still say counts.</summary>
    public sealed record Halt(string Execution) : Effect;

    /// <summary>A step has ended: its timer is of no more use. Its driver call may still be cleaning up.</summary>
    public sealed record Over(string Execution) : Effect;

    /// <summary>Look at a running step at that time.</summary>
    public sealed record Wake(string Execution, DateTimeOffset At) : Effect;
}
