namespace Kadeploy.Deployments.Engine;

/// <summary>What became of one node in one deployment.</summary>
public enum Verdict
{
    /// <summary>Not decided yet.</summary>
    Running,

    /// <summary>It runs what was asked for.</summary>
    Deployed,

    /// <summary>What was asked for was done to it: rebooted, switched on or off.</summary>
    Done,

    /// <summary>It does not; the failure says why.</summary>
    Failed,

    /// <summary>Somebody stopped it.</summary>
    Cancelled,

    /// <summary>It stopped at a breakpoint of the plan, as asked.</summary>
    Stopped,
}
