using System.Reflection;
using Kadeploy.Api;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Trust;

namespace Kadeploy.Controller.Api;

/// <summary><c>GET /v1/info</c>.</summary>
internal static class InfoEndpoint
{
    public static string Version { get; } =
        typeof(InfoEndpoint).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static void Map(IEndpointRouteBuilder routes, TimeProvider time)
    {
        var started = time.GetTimestamp();
        routes.MapGet(Routes.Info, (ControllerIdentity identity) =>
            Results.Json(new ControllerInfo("kadeployd", Version, Math.Round(time.GetElapsedTime(started).TotalSeconds, 1), identity.Pin), ApiJson.Default.ControllerInfo))
            .Describe("Which controller answers", ApiJson.Default.ControllerInfo);
    }
}
