using System.Text.Json.Serialization.Metadata;
using Kadeploy.Api;
using Kadeploy.Api.Statistics;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Users;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Statistics;

/// <summary><c>/v1/statistics</c>: how operations went, by node and by step, as JSON or CSV. Administrators see everybody's, others their own.</summary>
internal static class StatisticsEndpoints
{
    private static readonly string[] MacroSteps = ["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Statistics, (string? operation, DateTimeOffset? since, string? format, HttpContext http, History history) => Answer(
            format,
            () => Of(http, history, operation, since).SelectMany(History.Nodes).ToList(),
            rows => new NodeStatisticsList(rows),
            ApiJson.Default.NodeStatisticsList,
            ["operation", "kind", "user", "environment", "node", "verdict", "stage", "reason", "started_at", "seconds", "retries", .. MacroSteps.Select(m => $"{m}_seconds")],
            r => [r.Operation, DeploymentMapping.NameOf(r.Kind), r.User, r.Environment, r.Node, DeploymentMapping.NameOf(r.Verdict), r.Stage, r.Reason, r.StartedAt, r.Seconds, r.Retries,
                .. MacroSteps.Select(m => r.MacroSeconds.TryGetValue(m, out var s) ? (object)s : null)]))
            .Describe("How ended operations went on each node", ApiJson.Default.NodeStatisticsList);
        routes.MapGet(Routes.Statistics + "/steps", (string? operation, DateTimeOffset? since, string? format, HttpContext http, History history) => Answer(
            format,
            () => Of(http, history, operation, since).SelectMany(History.Steps).ToList(),
            rows => new StepStatisticsList(rows),
            ApiJson.Default.StepStatisticsList,
            ["operation", "node", "macro_step", "instance", "micro_step", "attempt", "started_at", "seconds", "outcome"],
            r => [r.Operation, r.Node, r.MacroStep, r.Instance, r.MicroStep, r.Attempt, r.StartedAt, r.Seconds, r.Outcome]))
            .Describe("Every micro-step of ended operations on each node", ApiJson.Default.StepStatisticsList);
        routes.MapGet(Routes.Statistics + "/failures", (string? operation, DateTimeOffset? since, string? format, HttpContext http, History history) => Answer(
            format,
            () => History.Failures(Of(http, history, operation, since)),
            rows => new NodeFailuresList(rows),
            ApiJson.Default.NodeFailuresList,
            ["node", "operations", "failed", "failure_rate", "last_failed_at", "last_stage", "last_reason"],
            r => [r.Node, r.Operations, r.Failed, r.FailureRate, r.LastFailedAt, r.LastStage, r.LastReason]))
            .Describe("How often operations fail on each node, the worst first", ApiJson.Default.NodeFailuresList);
    }

    private static IEnumerable<DeploymentSnapshot> Of(HttpContext http, History history, string? operation, DateTimeOffset? since) =>
        history.Operations(Caller.Of(http) is { IsAdministrator: false, User: var user } ? user : null, operation, since);

    private static IResult Answer<TRow, TList>(
        string? format, Func<IReadOnlyList<TRow>> read, Func<IReadOnlyList<TRow>, TList> list, JsonTypeInfo<TList> type, IReadOnlyList<string> header,
        Func<TRow, IReadOnlyList<object?>> cells) => format switch
        {
            null or "json" => Results.Json(list(read()), type),
            "csv" => Results.Text(Csv.Write(header, read().Select(cells)), Csv.MediaType),
            _ => Problems.BadField("format", "json or csv"),
        };
}
