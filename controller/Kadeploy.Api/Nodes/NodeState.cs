using System.Text.Json.Serialization;

namespace Kadeploy.Api.Nodes;

/// <summary>What a node is, as the controller sees it.</summary>
[JsonConverter(typeof(KebabEnumConverter<NodeState>))]
public enum NodeState
{
    /// <summary>It PXE booted by itself and waits to be accepted; its name is its MAC with dashes.</summary>
    Unknown,

    /// <summary>Known, and nothing has been deployed on it by this controller.</summary>
    Idle,

    /// <summary>Part of a running deployment.</summary>
    Deploying,

    /// <summary>Part of a running reboot.</summary>
    Rebooting,

    /// <summary>Part of a running power operation.</summary>
    Powering,

    /// <summary>Its last deployment succeeded.</summary>
    Deployed,

    /// <summary>Its last deployment failed or was cancelled.</summary>
    Failed,
}
