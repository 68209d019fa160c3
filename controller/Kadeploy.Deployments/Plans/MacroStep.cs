namespace Kadeploy.Deployments.Plans;

/// <summary>A stage of a plan with the ways to do it: nodes on which one instance has failed for good go on to the next.</summary>
/// <param name="Name"><c>SetDeploymentEnv</c>, <c>BroadcastEnv</c> or <c>BootNewEnv</c>.</param>
/// <param name="Instances">In the order of preference; at least one.</param>
public sealed record MacroStep(string Name, IReadOnlyList<StepInstance> Instances);
