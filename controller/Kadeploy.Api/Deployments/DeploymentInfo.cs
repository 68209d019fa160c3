using System.Text.Json.Serialization;
using Kadeploy.Api.Operations;

namespace Kadeploy.Api.Deployments;

/// <summary><c>GET /v1/operations/{id}</c> and <c>/v1/deployments/{id}</c>: everything about one operation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="User">Who started it.</param>
/// <param name="Environment"><c>name:version</c>; empty for an operation that is about none.</param>
/// <param name="Nodes">Folded node set.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="State">Whether it still runs.</param>
/// <param name="Summary">Counts.</param>
/// <param name="NodeStates">One entry for each node, in natural order.</param>
/// <param name="EndedAt">When the last node got its verdict.</param>
/// <param name="Kind">What the operation is.</param>
/// <param name="Action">What it does, for a person: <c>deploy</c>, <c>reboot simple</c>, <c>power off</c>.</param>
public sealed record DeploymentInfo(
    string Id,
    string User,
    string Environment,
    string Nodes,
    DateTimeOffset CreatedAt,
    DeploymentState State,
    DeploymentCounts Summary,
    IReadOnlyList<NodeProgress> NodeStates,
    DateTimeOffset? EndedAt = null,
    OperationKind Kind = OperationKind.Deployment,
    string Action = "deploy");

/// <summary>One line of <c>GET /v1/deployments</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="User">Who started it.</param>
/// <param name="Environment"><c>name:version</c>; empty for an operation that is about none.</param>
/// <param name="Nodes">Folded node set.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="State">Whether it still runs.</param>
/// <param name="Summary">Counts.</param>
/// <param name="EndedAt">When the last node got its verdict.</param>
/// <param name="Kind">What the operation is.</param>
/// <param name="Action">What it does, for a person: <c>deploy</c>, <c>reboot simple</c>, <c>power off</c>.</param>
public sealed record DeploymentSummary(
    string Id,
    string User,
    string Environment,
    string Nodes,
    DateTimeOffset CreatedAt,
    DeploymentState State,
    DeploymentCounts Summary,
    DateTimeOffset? EndedAt = null,
    OperationKind Kind = OperationKind.Deployment,
    string Action = "deploy");

/// <summary><c>GET /v1/deployments</c>: newest first.</summary>
/// <param name="Deployments">The deployments asked for.</param>
/// <param name="Next">Value of <c>cursor</c> for the following page; absent on the last.</param>
public sealed record DeploymentList(IReadOnlyList<DeploymentSummary> Deployments, string? Next = null);

/// <summary>Whether a deployment still runs. <see cref="Done"/> says nothing about its nodes: see their verdicts.</summary>
[JsonConverter(typeof(KebabEnumConverter<DeploymentState>))]
public enum DeploymentState
{
    Running,
    Done,
    Cancelled,
}

/// <summary>How many nodes are where; <c>deployed + failed + running + stopped = total</c>, a cancelled node counts as failed.</summary>
/// <param name="Total">Nodes of the operation.</param>
/// <param name="Deployed">Nodes seen up with the new system; of another operation: those at which it was done.</param>
/// <param name="Failed">Nodes that will not be.</param>
/// <param name="Running">Nodes without a verdict.</param>
/// <param name="Stopped">Nodes that stopped at the breakpoint, as asked.</param>
public sealed record DeploymentCounts(int Total, int Deployed, int Failed, int Running, int Stopped = 0);
