using System.Collections.Immutable;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>All there is to know about a deployment, as it follows from its journal.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Assignments">Nodes and plans; the nodes in the order of the chain.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="LastAt">When something last happened to it.</param>
/// <param name="EndedAt">When its last verdict fell.</param>
/// <param name="CancelledBy">Who cancelled all of it.</param>
/// <param name="Nodes">Its nodes.</param>
/// <param name="Running">Micro-steps that run, by execution id.</param>
/// <param name="Sets">How many node sets there have been: names the next one.</param>
/// <param name="Unfinished">How many nodes have no verdict.</param>
/// <param name="Entries">How many entries its journal has.</param>
/// <param name="Events">How many events it has told.</param>
internal sealed record DeploymentState(
    DeploymentRequest Request,
    ImmutableArray<Assignment> Assignments,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastAt,
    DateTimeOffset? EndedAt,
    string? CancelledBy,
    NodeTable Nodes,
    ImmutableDictionary<string, RunningStep> Running,
    int Sets,
    int Unfinished,
    long Entries,
    long Events)
{
    public string Id => Request.Id;
}
