using System.Text.Json.Serialization;
using Kadeploy.Api.Deployments;

namespace Kadeploy.Api.Broadcasts;

/// <summary><c>GET /v1/broadcasts/{id}</c>. Its events are those of deployments, at <c>/v1/broadcasts/{id}/events</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="User">Who started it.</param>
/// <param name="File">Name of the file, as it was asked for.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its digest, lower-case hexadecimal.</param>
/// <param name="Path">Where it is written on the nodes.</param>
/// <param name="Unpack">Whether it is extracted there.</param>
/// <param name="Nodes">Folded node set.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="State">Whether it still runs.</param>
/// <param name="Summary">Counts.</param>
/// <param name="NodeStates">One entry for each node, in natural order.</param>
/// <param name="EndedAt">When the last node got its verdict.</param>
public sealed record BroadcastInfo(
    string Id,
    string User,
    string File,
    long Bytes,
    string Sha256,
    string Path,
    bool Unpack,
    string Nodes,
    DateTimeOffset CreatedAt,
    DeploymentState State,
    BroadcastCounts Summary,
    IReadOnlyList<BroadcastNode> NodeStates,
    DateTimeOffset? EndedAt = null);

/// <summary><c>GET /v1/broadcasts</c>: newest first, without their nodes.</summary>
/// <param name="Broadcasts">The broadcasts asked for.</param>
/// <param name="Next">Value of <c>cursor</c> for the following page; absent on the last.</param>
public sealed record BroadcastList(IReadOnlyList<BroadcastInfo> Broadcasts, string? Next = null);

/// <summary>How many nodes are where; <c>done + failed + running = total</c>, a cancelled node counts as failed.</summary>
/// <param name="Total">Nodes of the broadcast.</param>
/// <param name="Done">Nodes that have the file, verified and flushed.</param>
/// <param name="Failed">Nodes that will not.</param>
/// <param name="Running">Nodes without a verdict.</param>
public sealed record BroadcastCounts(int Total, int Done, int Failed, int Running);

/// <summary>Where one node of a broadcast is.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Verdict">Running until there is one.</param>
/// <param name="Activity">What it does now, for a person.</param>
/// <param name="Done">Bytes written.</param>
/// <param name="Total">Bytes of the file.</param>
/// <param name="BytesPerSecond">Present rate.</param>
/// <param name="Failure">Why it failed, with a verdict of failed or cancelled.</param>
/// <param name="Proof">What shows that the file is there; absent without a verdict of done.</param>
public sealed record BroadcastNode(
    string Node,
    BroadcastVerdict Verdict,
    string? Activity = null,
    long Done = 0,
    long Total = 0,
    long BytesPerSecond = 0,
    FailureInfo? Failure = null,
    DeploymentProof? Proof = null);

/// <summary>What became of a node.</summary>
[JsonConverter(typeof(KebabEnumConverter<BroadcastVerdict>))]
public enum BroadcastVerdict
{
    Running,
    Done,
    Failed,
    Cancelled,
}
