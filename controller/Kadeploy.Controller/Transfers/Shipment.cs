using Kadeploy.Controller.Agents;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Transfers;

/// <summary>What a chain carries, and what its nodes do with it.</summary>
/// <param name="Manifest">Its blocks.</param>
/// <param name="Image">Where the head reads it.</param>
/// <param name="Deployment">Agents must have been booted for this deployment; null for any agent of the node.</param>
/// <param name="Order">What a node is told.</param>
/// <param name="Whole">The image is on the web and has to be fetched as a whole first.</param>
internal sealed record Shipment(Manifest Manifest, Image Image, string? Deployment, Func<Node, TransferPlan, AgentOrder> Order, bool Whole = false);
