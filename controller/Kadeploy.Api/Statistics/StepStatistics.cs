namespace Kadeploy.Api.Statistics;

/// <summary>How one micro-step went on one node: a row of <c>GET /v1/statistics/steps</c>.</summary>
/// <param name="Operation">Id of the operation.</param>
/// <param name="Node">The node.</param>
/// <param name="MacroStep">Macro-step.</param>
/// <param name="Instance">Type of its instance.</param>
/// <param name="MicroStep">Micro-step.</param>
/// <param name="Attempt">1 for the first try of the instance.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Outcome"><c>done</c>, <c>skipped</c> or <c>failed</c>.</param>
public sealed record StepStatistics(
    string Operation, string Node, string MacroStep, string Instance, string MicroStep, int Attempt, DateTimeOffset StartedAt, double Seconds, string Outcome);

/// <summary><c>GET /v1/statistics/steps</c>: newest operation first, then in order of time.</summary>
/// <param name="Rows">The rows asked for.</param>
public sealed record StepStatisticsList(IReadOnlyList<StepStatistics> Rows);
