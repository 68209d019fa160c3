using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Api;

/// <summary>Error answers: RFC 9457 problem details with a stable type.</summary>
internal static class Problems
{
    public static IResult Result(int status, string reason, string title, string detail, string? field = null, IReadOnlyList<string>? nodes = null) =>
        new Answer(new Problem(Problem.Prefix + reason, title, status, detail, nodes, field));

    public static Task Write(HttpContext http, int status, string reason, string title, string detail) =>
        Result(status, reason, title, detail).ExecuteAsync(http);

    public static IResult UnknownNodes(IReadOnlyList<string> nodes) => Result(
        404, "unknown-node", "Unknown node", $"not registered: {string.Join(", ", nodes.Take(20))}{(nodes.Count > 20 ? "…" : "")}; see 'kadeploy node list'", nodes: nodes);

    /// <summary>Nodes belong to other operations: which, whose, since when.</summary>
    public static IResult Busy(IReadOnlyList<BusyNode> nodes, bool canForce = true) => Results.Json(
        new Problem(
            Problem.Prefix + "node-busy",
            "Nodes are busy",
            409,
            string.Join("; ", nodes.Take(20).Select(b => $"{b.Node} belongs to {b.Deployment} of {b.User} since {b.Since:HH:mm:ss} UTC")) + (canForce ? "; --force takes them over" : ""),
            [.. nodes.Select(b => b.Node)],
            "nodes",
            [.. nodes.Select(OperationMapping.ToContract)]),
        ApiJson.Default.Problem,
        Problem.MediaType,
        409);

    public static IResult BadField(string field, string detail) => Result(422, "bad-field", "A field is wrong", detail, field);

    public static IResult BadBody(JsonException e) =>
        Result(400, "bad-json", "The body cannot be read", e.Message, e.Path is { Length: > 2 } path ? path[2..] : null);

    public static IResult BadBody(string field, string problem) =>
        Result(400, "bad-json", "The body cannot be read", $"{(field.Length > 0 ? field : "the body")} {problem}", field.Length > 0 ? field : null);

    public static IResult BadQuery(string field, string problem) => Result(400, "bad-query", "The query cannot be read", $"{field} {problem}", field);

    private sealed class Answer(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            // The audit log reads it from there.
            httpContext.Features.Set(problem);
            return Results.Json(problem, ApiJson.Default.Problem, Problem.MediaType, problem.Status).ExecuteAsync(httpContext);
        }
    }
}
