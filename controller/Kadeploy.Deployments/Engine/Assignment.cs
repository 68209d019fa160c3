using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine;

/// <summary>Nodes that follow one plan together: those of one cluster.</summary>
/// <param name="Plan">What happens to them.</param>
/// <param name="Nodes">The nodes; the engine brings them into the order of the chain.</param>
public sealed record Assignment(Plan Plan, IReadOnlyList<Node> Nodes);
