using System.Globalization;
using Kadeploy.Api;
using Kadeploy.Api.Audit;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Api;

/// <summary><c>GET /v1/audit</c>.</summary>
internal static class AuditEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Routes.Audit, (
        string? user, string? action, string? subject, DateTimeOffset? since, string? cursor, int? limit, HttpContext http, AuditStore store) =>
    {
        if (Access.Administrator(http, "read the audit log") is { } refused)
            return refused;
        if (Page.Problem(limit) is { } bad)
            return bad;
        var before = long.MaxValue;
        if (cursor is not null && !long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            return Problems.BadField("cursor", "is none that was given out");
        var size = limit ?? Page.Usual;
        var entries = store.List(user, action, subject, since, before, size + 1);
        var shown = entries.Take(size).ToList();
        return Results.Json(
            new AuditList(shown, entries.Count > size ? shown[^1].Seq.ToString(CultureInfo.InvariantCulture) : null), ApiJson.Default.AuditList);
    }).Describe("The audit log, newest first", ApiJson.Default.AuditList);
}
