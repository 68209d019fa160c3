using Kadeploy.Api;
using Kadeploy.Api.Cache;
using Kadeploy.Controller.Cache;
using Kadeploy.Controller.OpenApi;

namespace Kadeploy.Controller.Api;

/// <summary><c>/v1/cache</c>.</summary>
internal static class CacheEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Cache, (HttpContext http, FileCache cache) =>
        {
            if (Access.Administrator(http, "see the cache") is { } refused)
                return refused;
            var files = cache.List().Select(e => new CachedFile(e.Url, e.Bytes, e.Sha256, e.Priority, e.UsedAt, e.InUse)).ToList();
            return Results.Json(new CacheInfo(cache.Limit, files.Sum(f => f.Bytes), files), ApiJson.Default.CacheInfo);
        }).Describe("Files that were fetched from web servers", ApiJson.Default.CacheInfo);
        routes.MapPost(Routes.Cache + "/purge", (HttpContext http, FileCache cache) =>
            Body.ReadAsync(http, ApiJson.Default.PurgeCache, request => Task.FromResult(Purge(http, cache, request)))).AuditAs("cache.purge")
            .Describe("Remove what nobody uses", ApiJson.Default.CachePurged, 200, ApiJson.Default.PurgeCache, """{"url":"https://example.org/post.tgz"}""");
    }

    private static IResult Purge(HttpContext http, FileCache cache, PurgeCache request)
    {
        http.About(request.Url ?? "*");
        if (Access.Administrator(http, "purge the cache") is { } refused)
            return refused;
        Uri? url = null;
        if (request.Url is not null && !Uri.TryCreate(request.Url, UriKind.Absolute, out url))
            return Problems.BadField("url", "is no address");
        var (files, bytes) = cache.Purge(url);
        return Results.Json(new CachePurged(files, bytes), ApiJson.Default.CachePurged);
    }
}
