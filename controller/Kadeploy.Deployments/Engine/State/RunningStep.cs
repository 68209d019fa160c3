using System.Collections.Immutable;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>A micro-step that runs on a node set.</summary>
/// <param name="Id">The execution's id, known to the driver and the agents.</param>
/// <param name="Set">The node set.</param>
/// <param name="Position">Where in the plan.</param>
/// <param name="Nodes">The nodes it holds, in the order of the chain.</param>
/// <param name="Pending">Those of them that have not been reported.</param>
/// <param name="Failures">Those of them that failed, with why.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Deadline">When the pending nodes fail.</param>
/// <param name="InstanceDeadline">When the instance as a whole must be over, or null.</param>
/// <param name="PatienceAt">When the finished nodes go on without the others, once that is known.</param>
internal sealed record RunningStep(
    string Id,
    string Set,
    Position Position,
    ImmutableArray<string> Nodes,
    ImmutableHashSet<string> Pending,
    ImmutableDictionary<string, Failure> Failures,
    DateTimeOffset StartedAt,
    DateTimeOffset Deadline,
    DateTimeOffset? InstanceDeadline,
    DateTimeOffset? PatienceAt)
{
    /// <summary>When somebody must look at it again.</summary>
    public DateTimeOffset WakeAt => PatienceAt is { } patience && patience < Deadline ? patience : Deadline;
}
