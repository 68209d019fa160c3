namespace Kadeploy.Api.Statistics;

/// <summary>How often operations fail on one node: a row of <c>GET /v1/statistics/failures</c>.</summary>
/// <param name="Node">The node.</param>
/// <param name="Operations">Operations that ended on it; those that were cancelled or stopped do not count.</param>
/// <param name="Failed">Those that failed.</param>
/// <param name="FailureRate">Their share, 0 to 1.</param>
/// <param name="LastFailedAt">When the last operation that failed was accepted.</param>
/// <param name="LastStage">Where that failed.</param>
/// <param name="LastReason">Why.</param>
public sealed record NodeFailures(
    string Node, int Operations, int Failed, double FailureRate, DateTimeOffset? LastFailedAt = null, string? LastStage = null, string? LastReason = null);

/// <summary><c>GET /v1/statistics/failures</c>: the worst node first.</summary>
/// <param name="Rows">One for each node that took part in an operation.</param>
public sealed record NodeFailuresList(IReadOnlyList<NodeFailures> Rows);
