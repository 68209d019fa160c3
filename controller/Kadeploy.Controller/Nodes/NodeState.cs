namespace Kadeploy.Controller.Nodes;

/// <summary>What a node is between deployments; whether one has it now is the engine's to say.</summary>
internal enum NodeState
{
    /// <summary>Nothing was deployed yet.</summary>
    Idle,

    /// <summary>Its last deployment succeeded.</summary>
    Deployed,

    /// <summary>Its last deployment failed.</summary>
    Failed,
}
