using Kadeploy.Deployments.Engine.Journal;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>What follows from one happening.</summary>
/// <param name="State">The new state.</param>
/// <param name="Effects">What to do, after the happening is in the journal.</param>
/// <param name="Events">What to tell the watchers.</param>
/// <param name="Verdicts">Whose verdict fell.</param>
internal sealed record Reduction(
    DeploymentState State,
    IReadOnlyList<Effect> Effects,
    IReadOnlyList<DeploymentEvent> Events,
    IReadOnlyList<NodeVerdict> Verdicts);
