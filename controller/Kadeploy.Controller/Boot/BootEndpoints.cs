using System.Text;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;

namespace Kadeploy.Controller.Boot;

/// <summary>What a booting machine can fetch without showing who it is: scripts, kernel, initramfs, local boot loader. Never an image or a secret of another.</summary>
internal static class BootEndpoints
{

    private static readonly (string File, string What)[] Files =
    [
        ("vmlinuz", "the deployment kernel"),
        ("initramfs", "the initramfs"),
        ("localboot.efi", "the local boot loader"),
    ];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/boot.ipxe", (BootProfiles profiles) => Script(profiles.First()));
        routes.MapGet("/node.ipxe", async (string? mac, string? platform, HttpContext http, BootProfiles profiles) =>
            MacAddress.Normalise(mac) is { } normal
                ? Script(await profiles.ForAsync(normal, platform, AddressOf(http)))
                : Results.Text("mac is missing or is no MAC address\n", statusCode: StatusCodes.Status400BadRequest));
        foreach (var (file, what) in Files)
            routes.MapMethods($"/{file}", ["GET", "HEAD"], (HttpContext http, ControllerConfiguration configuration, BootWatch watch) =>
                Send(http, Path.Combine(configuration.BootDirectory, file), what, watch));
        routes.MapPost("/report/{token}", ReportEndpoint.AcceptAsync);
    }

    private static IResult Script(string text) => Results.Text(text, "text/plain", Encoding.ASCII);

    private static IResult Send(HttpContext http, string path, string what, BootWatch watch)
    {
        var address = AddressOf(http);
        if (!File.Exists(path))
        {
            watch.RecordByAddress(address, $"it asked for {what}, which is missing on the controller ({path})");
            return Results.NotFound();
        }
        if (HttpMethods.IsGet(http.Request.Method))
        {
            watch.RecordByAddress(address, $"it began to fetch {what}");
            http.Response.OnCompleted(() =>
            {
                if (!http.RequestAborted.IsCancellationRequested)
                    watch.RecordByAddress(address, $"it fetched {what}");
                return Task.CompletedTask;
            });
        }
        return Results.File(path, "application/octet-stream", enableRangeProcessing: true, lastModified: File.GetLastWriteTimeUtc(path));
    }

    private static string? AddressOf(HttpContext http) => http.Connection.RemoteIpAddress?.ToString();
}
