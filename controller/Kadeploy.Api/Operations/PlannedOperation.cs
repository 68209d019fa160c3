namespace Kadeploy.Api.Operations;

/// <summary>What an operation would do. Nothing was touched.</summary>
/// <param name="Kind">What it would be.</param>
/// <param name="Nodes">Every node with what is known of it, in natural order.</param>
/// <param name="Plans">What would happen to them, a plan for each cluster.</param>
/// <param name="Busy">Nodes that belong to other operations now: it would be refused, or take them over by force.</param>
public sealed record PlannedOperation(OperationKind Kind, IReadOnlyList<PlannedNode> Nodes, IReadOnlyList<PlannedSteps> Plans, IReadOnlyList<BusyNode> Busy);

/// <summary>One node of a planned operation.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Cluster">Its cluster, which names its plan.</param>
/// <param name="Address">Where it would be looked for.</param>
/// <param name="Power">How its power is controlled.</param>
/// <param name="Disk">For a deployment: which disk would be written, as far as its inventory tells.</param>
/// <param name="Partitions">For a deployment: how that disk would be divided, and where the image goes.</param>
public sealed record PlannedNode(string Node, string Cluster, string Address, string Power, string? Disk = null, string? Partitions = null);

/// <summary>What would happen to the nodes of one cluster.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Nodes">Folded node set.</param>
/// <param name="MacroSteps">In order.</param>
public sealed record PlannedSteps(string Cluster, string Nodes, IReadOnlyList<PlannedMacroStep> MacroSteps);

/// <summary>A macro-step with the ways to do it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Instances">In the order in which they are tried.</param>
public sealed record PlannedMacroStep(string Name, IReadOnlyList<PlannedInstance> Instances);

/// <summary>One way to do a macro-step.</summary>
/// <param name="Type">Its name.</param>
/// <param name="Retries">How many more tries after the first one.</param>
/// <param name="MicroSteps">In order.</param>
/// <param name="TimeoutSeconds">For one try as a whole, for this number of nodes; absent: no limit but the micro-steps' own.</param>
public sealed record PlannedInstance(string Type, int Retries, IReadOnlyList<PlannedMicroStep> MicroSteps, double? TimeoutSeconds = null);

/// <summary>One micro-step.</summary>
/// <param name="Name">Its name.</param>
/// <param name="LimitSeconds">How long it may take, for this number of nodes.</param>
/// <param name="Limit">The limit as it was configured.</param>
/// <param name="Arguments">What it is told.</param>
/// <param name="Window">The window through which nodes enter it, if any.</param>
/// <param name="Custom">What a custom operation does.</param>
/// <param name="Breakpoint">The nodes stop before it.</param>
public sealed record PlannedMicroStep(
    string Name, double LimitSeconds, string Limit, string Arguments, string? Window = null, string? Custom = null, bool Breakpoint = false);
