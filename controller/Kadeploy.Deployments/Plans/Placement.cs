namespace Kadeploy.Deployments.Plans;

/// <summary>Where a custom operation stands to its micro-step.</summary>
public enum Placement
{
    /// <summary>Before it.</summary>
    Before,

    /// <summary>After it, when it is done.</summary>
    After,

    /// <summary>In its place.</summary>
    Instead,
}
