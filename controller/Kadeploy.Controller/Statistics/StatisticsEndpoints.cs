using System.Text.Json.Serialization.Metadata;
using Kadeploy.Api;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Users;

namespace Kadeploy.Controller.Statistics;

/// <summary><c>/v1/statistics</c>: how operations went, by node and by step, as JSON or CSV. Administrators see everybody's, others their own.</summary>
internal static class StatisticsEndpoints
{
    private static readonly string[] MacroSteps = ["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(
            routes, Routes.Statistics, (history, user, operation, since) => history.Nodes(user, operation, since), ApiJson.Default.NodeStatistics,
            ["operation", "kind", "user", "environment", "node", "verdict", "stage", "reason", "started_at", "seconds", "retries", .. MacroSteps.Select(m => $"{m}_seconds")],
            r => [r.Operation, DeploymentMapping.NameOf(r.Kind), r.User, r.Environment, r.Node, DeploymentMapping.NameOf(r.Verdict), r.Stage, r.Reason, r.StartedAt, r.Seconds, r.Retries,
                .. MacroSteps.Select(m => r.MacroSeconds.TryGetValue(m, out var s) ? (object)s : null)])
            .Describe("How ended operations went on each node", ApiJson.Default.NodeStatisticsList);
        Map(
            routes, Routes.Statistics + "/steps", (history, user, operation, since) => history.Steps(user, operation, since), ApiJson.Default.StepStatistics,
            ["operation", "node", "macro_step", "instance", "micro_step", "attempt", "started_at", "seconds", "outcome"],
            r => [r.Operation, r.Node, r.MacroStep, r.Instance, r.MicroStep, r.Attempt, r.StartedAt, r.Seconds, r.Outcome])
            .Describe("Every micro-step of ended operations on each node", ApiJson.Default.StepStatisticsList);
        Map(
            routes, Routes.Statistics + "/failures", (history, user, operation, since) => history.Failures(user, operation, since), ApiJson.Default.NodeFailures,
            ["node", "operations", "failed", "failure_rate", "last_failed_at", "last_stage", "last_reason"],
            r => [r.Node, r.Operations, r.Failed, r.FailureRate, r.LastFailedAt, r.LastStage, r.LastReason])
            .Describe("How often operations fail on each node, the worst first", ApiJson.Default.NodeFailuresList);
    }

    private static RouteHandlerBuilder Map<T>(
        IEndpointRouteBuilder routes, string path, Func<History, string?, string?, DateTimeOffset?, IEnumerable<T>> read, JsonTypeInfo<T> type, IReadOnlyList<string> header,
        Func<T, IReadOnlyList<object?>> cells) =>
        routes.MapGet(path, async (string? operation, DateTimeOffset? since, string? format, HttpContext http, History history) =>
        {
            if (format is not (null or "json" or "csv"))
                return Problems.BadField("format", "json or csv");
            await history.CatchUpAsync(operation, since, http.RequestAborted);
            var user = Caller.Of(http) is { IsAdministrator: false } caller ? caller.User : null;
            return new Rows<T>(read(history, user, operation, since), type, format == "csv", header, cells);
        });
}
