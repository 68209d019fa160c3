namespace Kadeploy.Controller.Nodes;

/// <summary>What a node is, between and during deployments.</summary>
internal enum NodeState
{
    /// <summary>Nothing was deployed yet.</summary>
    Idle,

    /// <summary>A deployment has it.</summary>
    Deploying,

    /// <summary>Its last deployment succeeded.</summary>
    Deployed,

    /// <summary>Its last deployment failed.</summary>
    Failed,
}
