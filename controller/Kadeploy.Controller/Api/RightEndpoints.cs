using System.Globalization;
using Kadeploy.Api;
using Kadeploy.Api.Users;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Rights;
using Kadeploy.Controller.Users;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Rights;

namespace Kadeploy.Controller.Api;

/// <summary><c>/v1/rights</c>: what a batch scheduler's prologue and epilogue call.</summary>
internal sealed class RightEndpoints(RightsBook rights, NodeSelection selection, TimeProvider time)
{
    private const string Everything = "*";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Rights, (string? user, string? cursor, int? limit, HttpContext http, RightEndpoints it) => it.List(user, cursor, limit, http)).Describe("Rights", ApiJson.Default.RightList);
        routes.MapPost(Routes.Rights, (HttpContext http, RightEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.GrantRight, request => it.GrantAsync(http, request))).AuditAs("right.grant")
            .Describe("Let a user work on nodes", ApiJson.Default.RightInfo, 201, ApiJson.Default.GrantRight, """{"user":"bob","nodes":"node-[1-3]","partition":"3","until":"2030-01-01T00:00:00Z"}""");
        routes.MapPost(Routes.Rights + "/revoke", (HttpContext http, RightEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.RevokeRight, request => it.RevokeAsync(http, request))).AuditAs("right.revoke")
            .Describe("Take rights away, and end what runs by them", ApiJson.Default.RightsRevoked, 200, ApiJson.Default.RevokeRight, """{"user":"bob","nodes":"*"}""");
        routes.MapDelete(Routes.Rights + "/{id}", (string id, HttpContext http, RightEndpoints it) => it.DeleteAsync(id, http)).AuditAs("right.revoke")
            .Describe("Take one right away, and end what runs by it", ApiJson.Default.RightsRevoked);
    }

    private static RightInfo ToContract(Right right) => new(
        right.Id,
        right.User,
        right.Nodes is null ? Everything : NodeSet.Fold(right.Nodes),
        right.Partition?.ToString(CultureInfo.InvariantCulture) ?? Everything,
        right.GrantedBy,
        right.GrantedAt,
        right.From,
        right.Until);

    private IResult List(string? user, string? cursor, int? limit, HttpContext http)
    {
        if (Page.Problem(limit) is { } bad)
            return bad;
        var caller = Caller.Of(http);
        var wanted = caller.IsAdministrator ? user : caller.User;
        if (user is not null && wanted != user)
            return Access.Owner(http, user, "the list of these rights")!;
        var (page, next) = Page.Cut([.. rights.All.Where(r => wanted is null || r.User == wanted).OrderBy(r => r.User, StringComparer.Ordinal)], r => r.Id, limit, cursor);
        return Results.Json(new RightList([.. page.Select(ToContract)], next), ApiJson.Default.RightList);
    }

    private async Task<IResult> GrantAsync(HttpContext http, GrantRight request)
    {
        http.About($"{request.User} {request.Nodes}", $"partition {request.Partition ?? Everything}{(request.Until is { } u ? $" until {u:O}" : "")}");
        if (Access.Administrator(http, "grant rights") is { } refused)
            return refused;
        if (!UserNames.IsGood(request.User))
            return Problems.BadField("user", $"is no user name: {UserNames.Expected}");
        if (!TryPartition(request.Partition, out var partition))
            return Problems.BadField("partition", $"'{request.Partition}' is neither a number from 1 to 128 nor *");
        if (request.Until <= time.GetUtcNow())
            return Problems.BadField("until", "lies in the past");
        if (request.From >= request.Until)
            return Problems.BadField("from", "is not before the end");
        var (nodes, problem) = Nodes(request.Nodes);
        if (problem is not null)
            return problem;
        var right = new Right($"R-{Guid.NewGuid():D}", request.User, nodes, partition, request.From, request.Until, Caller.Of(http).User, time.GetUtcNow());
        if (await rights.GrantAsync(right, request.Overwrite ?? false) is { } other)
            return Problems.Result(
                409,
                "right-in-the-way",
                "Another user has a right there",
                $"{other.User} has a right to {RightRules.Describe(other.Nodes, other.Partition)}"
                + (other.Until is { } until ? $" until {until:O}" : "") + ": revoke it, or say overwrite",
                "nodes");
        return Results.Json(ToContract(right), ApiJson.Default.RightInfo, statusCode: 201);
    }

    private async Task<IResult> RevokeAsync(HttpContext http, RevokeRight request)
    {
        http.About($"{request.User} {request.Nodes}", request.Partition is { } p ? $"partition {p}" : null);
        if (Access.Administrator(http, "revoke rights") is { } refused)
            return refused;
        if (!TryPartition(request.Partition, out var partition))
            return Problems.BadField("partition", $"'{request.Partition}' is neither a number from 1 to 128 nor *");
        var (nodes, problem) = Nodes(request.Nodes);
        if (problem is not null)
            return problem;
        var (impossible, changed, ended) = await rights.RevokeAsync(request.User, nodes, partition, Caller.Of(http).User);
        if (impossible is not null)
            return Problems.Result(
                409,
                "right-covers-more",
                "The right covers more than that",
                $"{request.User} has a right to {RightRules.Describe(impossible.Nodes, impossible.Partition)}, of which no part can be taken: revoke it whole (nodes *)",
                "nodes");
        return Results.Json(new RightsRevoked(changed, ended), ApiJson.Default.RightsRevoked);
    }

    private async Task<IResult> DeleteAsync(string id, HttpContext http)
    {
        if (Access.Administrator(http, "revoke rights") is { } refused)
            return refused;
        var (right, ended) = await rights.RemoveAsync(id, Caller.Of(http).User);
        if (right is null)
            return Problems.Result(404, "unknown-right", "Unknown right", $"there is no right {id}; see 'kadeploy rights list'");
        http.About($"{right.User} {RightRules.Describe(right.Nodes, right.Partition)}", id);
        return Results.Json(new RightsRevoked(1, ended), ApiJson.Default.RightsRevoked);
    }

    private static bool TryPartition(string? text, out int? partition)
    {
        partition = null;
        if (text is null or Everything)
            return true;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 128)
            return false;
        partition = number;
        return true;
    }

    private (IReadOnlySet<string>? Nodes, IResult? Problem) Nodes(string set)
    {
        if (set.Trim() == Everything)
            return (null, null);
        var (nodes, problem) = selection.Choose(set, "nodes");
        return (nodes.Select(n => n.Node.Name).ToHashSet(StringComparer.Ordinal), problem);
    }
}
