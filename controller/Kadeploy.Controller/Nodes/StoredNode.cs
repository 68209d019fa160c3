using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Nodes;

/// <summary>A registered node with what the controller keeps about it.</summary>
/// <param name="Node">As the decisions see it.</param>
/// <param name="State">What its last deployment left.</param>
/// <param name="Deployment">Its last finished deployment's id, or null.</param>
internal sealed record StoredNode(Node Node, NodeState State, string? Deployment);
