using Kadeploy.Api.Deployments;
using Kadeploy.Api.Operations;

namespace Kadeploy.Api.Statistics;

/// <summary>How one operation went on one node: a row of <c>GET /v1/statistics</c>.</summary>
/// <param name="Operation">Its id.</param>
/// <param name="Kind">What it was.</param>
/// <param name="User">Who started it.</param>
/// <param name="Environment"><c>name:version</c>; empty for none.</param>
/// <param name="Node">The node.</param>
/// <param name="Verdict">What became of it.</param>
/// <param name="StartedAt">When the operation was accepted.</param>
/// <param name="Seconds">From then to the node's verdict.</param>
/// <param name="Retries">Tries beyond the first of each macro-step, fallbacks included.</param>
/// <param name="MacroSeconds">Time in each macro-step in seconds, all tries together.</param>
/// <param name="Stage">Where it failed.</param>
/// <param name="Reason">Why it failed.</param>
public sealed record NodeStatistics(
    string Operation, OperationKind Kind, string User, string Environment, string Node, NodeVerdict Verdict, DateTimeOffset StartedAt, double Seconds, int Retries,
    IReadOnlyDictionary<string, double> MacroSeconds, string? Stage = null, string? Reason = null);

/// <summary><c>GET /v1/statistics</c>: newest operation first.</summary>
/// <param name="Rows">The rows asked for.</param>
public sealed record NodeStatisticsList(IReadOnlyList<NodeStatistics> Rows);
