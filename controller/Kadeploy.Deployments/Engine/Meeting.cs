namespace Kadeploy.Deployments.Engine;

/// <summary>How two operations on the same node get on.</summary>
public enum Meeting
{
    /// <summary>Both go on: one of them only looks.</summary>
    Beside,

    /// <summary>Whoever comes later is refused, unless it is told to take over: then the node's part in the earlier one ends.</summary>
    ByForce,
}
