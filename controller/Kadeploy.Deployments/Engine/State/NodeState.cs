using System.Collections.Immutable;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>One node within a deployment.</summary>
/// <param name="Node">The node.</param>
/// <param name="Set">Its node set.</param>
/// <param name="Verdict">What became of it.</param>
/// <param name="Failure">Why, when it was not deployed.</param>
/// <param name="EndedAt">When the verdict fell.</param>
/// <param name="Steps">Its micro-steps so far.</param>
/// <param name="Facts">What is known of it.</param>
internal sealed record NodeState(
    Node Node,
    string Set,
    Verdict Verdict,
    Failure? Failure,
    DateTimeOffset? EndedAt,
    ImmutableArray<StepRecord> Steps,
    ImmutableDictionary<string, string> Facts);
