using System.Text;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Trust;

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
        routes.MapGet("/node.ipxe", async (string? mac, string? platform, HttpContext http, BootProfiles profiles, Refusals refusals) =>
        {
            if (MacAddress.Normalise(mac) is { } normal)
                return Script(await profiles.ForAsync(normal, platform, AddressOf(http)));
            refusals.Note("boot.profile", "", "bad-mac", AddressOf(http), null);
            return Results.Text("mac is missing or is no MAC address\n", statusCode: StatusCodes.Status400BadRequest);
        });
        foreach (var (file, what) in Files)
            routes.MapMethods($"/{file}", ["GET", "HEAD"], (HttpContext http, ControllerConfiguration configuration, BootWatch watch, ControllerIdentity identity) =>
                Send(http, Path.Combine(configuration.BootDirectory, file), what, watch, file == "initramfs" ? identity : null));
        routes.MapPost("/report/{token}", ReportEndpoint.AcceptAsync);
    }

    private static IResult Script(string text) => Results.Text(text, "text/plain", Encoding.ASCII);

    /// <param name="pinned">Whose pin is appended; null: nobody's.</param>
    private static IResult Send(HttpContext http, string path, string what, BootWatch watch, ControllerIdentity? pinned)
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
        var modified = File.GetLastWriteTimeUtc(path);
        if (pinned is null)
            return Results.File(path, "application/octet-stream", enableRangeProcessing: true, lastModified: modified);
        // Another key is another initramfs.
        var changed = modified > pinned.Made ? modified : pinned.Made;
        return Results.Stream(new AppendedFile(path, length => PinSegment.Make(pinned.Pin, length)), "application/octet-stream", lastModified: changed, enableRangeProcessing: true);
    }

    private static string? AddressOf(HttpContext http) => http.Connection.RemoteIpAddress?.ToString();
}
