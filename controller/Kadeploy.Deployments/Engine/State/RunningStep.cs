using System.Collections.Immutable;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>A micro-step that runs on a node set.</summary>
/// <param name="Id">The execution's id, known to the driver and the agents.</param>
/// <param name="Set">The node set.</param>
/// <param name="Position">Where in the plan.</param>
/// <param name="Nodes">The nodes it holds, in the order of the chain.</param>
/// <param name="Pending">Those of them that have not been reported.</param>
/// <param name="Failures">Those of them that failed, with why.</param>
/// <param name="Waves">Who was let in, by call. Pending nodes in no wave wait at the window.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="InstanceDeadline">When the instance as a whole must be over, not counting <paramref name="Waited"/>; null for no such limit.</param>
/// <param name="Waited">The longest time that a node waited at the window of this step.</param>
/// <param name="PatienceAt">When the finished nodes go on without the others, once that is known.</param>
internal sealed record RunningStep(
    string Id,
    string Set,
    Position Position,
    ImmutableArray<string> Nodes,
    NodeNames Pending,
    ImmutableDictionary<string, Failure> Failures,
    ImmutableArray<Wave> Waves,
    DateTimeOffset StartedAt,
    DateTimeOffset? InstanceDeadline,
    TimeSpan Waited,
    DateTimeOffset? PatienceAt)
{
    /// <summary>The next deadline of a wave that has pending nodes; null while all of them wait at the window.</summary>
    public DateTimeOffset? Deadline => Waves.Where(w => w.Nodes.Any(Pending.Contains)).Select(w => (DateTimeOffset?)w.Deadline).Min();

    /// <summary>When somebody must look at it again.</summary>
    public DateTimeOffset? WakeAt => PatienceAt is { } patience && !(Deadline < patience) ? patience : Deadline;

    /// <summary>Nodes that wait at the window.</summary>
    public IEnumerable<string> Queued()
    {
        var admitted = Waves.SelectMany(w => w.Nodes).ToHashSet();
        return Nodes.Where(n => Pending.Contains(n) && !admitted.Contains(n));
    }
}
