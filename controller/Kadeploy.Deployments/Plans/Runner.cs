namespace Kadeploy.Deployments.Plans;

/// <summary>Who can run something on a node at a point of a plan.</summary>
public enum Runner
{
    /// <summary>Nobody: the machine is on its way from one system to another, or runs one that we know nothing of.</summary>
    Nobody,

    /// <summary>The agent in the deployment environment.</summary>
    Agent,

    /// <summary>The installed system, over SSH.</summary>
    System,
}
