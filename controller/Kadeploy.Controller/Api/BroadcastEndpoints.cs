using System.Globalization;
using Kadeploy.Api;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Transfers;
using Kadeploy.Controller.Users;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;
using Microsoft.AspNetCore.Http.Features;

namespace Kadeploy.Controller.Api;

/// <summary>
/// <c>/v1/broadcasts</c> and <c>/v1/uploads</c>. Starting one: 1. the request is checked for itself; 2. its nodes are found; 3. its file is read for its
/// manifest, or its upload taken; 4. the engine takes it, writes it down, and runs it as a plan of one step.
/// </summary>
internal sealed partial class BroadcastEndpoints(
    DeploymentEngine engine, DeploymentJournal journal, OperationLists lists, BroadcastFiles files, NodeSelection selection, Access access, IHostApplicationLifetime lifetime,
    ILogger<BroadcastEndpoints> log)
{
    private const int LongestPath = 4096;

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string One = Routes.Broadcasts + "/{id}";
        routes.MapPost(Routes.Uploads, (HttpContext http, BroadcastEndpoints it) => it.UploadAsync(http))
            .AuditAs("upload").Describe("Bring a file for a broadcast, whole", ApiJson.Default.UploadInfo, 201);
        routes.MapGet(Routes.Broadcasts, (bool? active, string? cursor, int? limit, BroadcastEndpoints it) => it.List(active ?? false, cursor, limit))
            .Describe("Broadcasts, newest first", ApiJson.Default.BroadcastList);
        routes.MapPost(Routes.Broadcasts, (HttpContext http, BroadcastEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.StartBroadcast, request => it.StartAsync(request, http))).AuditAs("broadcast.start")
            .Describe("Send a file to nodes", ApiJson.Default.BroadcastStarted, 202, ApiJson.Default.StartBroadcast, """{"nodes":"node-[1-3]","path":"/tmp/file","file":"/srv/images/file"}""");
        routes.MapGet(One, (string id, HttpContext http, BroadcastEndpoints it) => it.Show(id, http)).Describe("Everything about one broadcast", ApiJson.Default.BroadcastInfo);
        routes.MapPost(One + "/cancel", (string id, HttpContext http, BroadcastEndpoints it) => it.CancelAsync(id, http)).AuditAs("broadcast.cancel").Describe("Stop a broadcast", status: 202);
        routes.MapGet(One + "/events", (string id, HttpContext http, EventStream stream) => stream.ServeAsync(id, http, BroadcastPlan.Is(id), Unknown))
            .Describe("What happens to it, as Server-Sent Events; resumed behind Last-Event-ID", media: "text/event-stream");
    }

    private async Task<IResult> UploadAsync(HttpContext http)
    {
        // The disk is the limit.
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        try
        {
            var file = await files.UploadAsync(http.Request.Body, http.RequestAborted);
            return Results.Json(new UploadInfo(file.Id, file.Manifest.Length, file.Manifest.Sha256), ApiJson.Default.UploadInfo, statusCode: 201);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !http.RequestAborted.IsCancellationRequested)
        {
            return Problems.Result(507, "upload-failed", "The file cannot be kept", e.Message);
        }
    }

    private async Task<IResult> StartAsync(StartBroadcast request, HttpContext http)
    {
        http.About(request.Nodes, request.Path);
        var cancellationToken = http.RequestAborted;
        // 1
        if (request.Path.Length is 0 or > LongestPath || request.Path.Any(char.IsControl))
            return Problems.BadField("path", $"say where the file goes on the nodes: 1 to {LongestPath} characters, none of them a control character");
        if (request.Name is { } name && (name.Length is 0 or > 255 || name.Any(char.IsControl)))
            return Problems.BadField("name", "1 to 255 printable characters");
        if (request.File is null == request.Upload is null)
            return Problems.BadField("file", "either a file of the controller's or an upload is sent");
        if (request.File is { } wrong && !(HttpOrigin.Is(wrong) ? Uri.IsWellFormedUriString(wrong, UriKind.Absolute) : Path.IsPathFullyQualified(wrong)))
            return Problems.BadField("file", $"'{wrong}' is neither an absolute path nor an http(s) address");

        // 2
        var (chosen, unknown) = selection.Choose(request.Nodes, "nodes");
        if (unknown is not null)
            return unknown;
        // It writes anywhere on the installed system, as root: the right to all of the disk.
        if (access.Nodes(http, [.. chosen.Select(c => c.Node.Name)], 0) is { } refused)
            return refused;

        // 3
        var id = BroadcastPlan.NewId();
        BroadcastFile? file;
        if (request.File is { } named)
        {
            (file, var reason, var detail) = HttpOrigin.Is(named)
                ? await files.FetchAsync(id, named, cancellationToken)
                : await files.OfControllerAsync(id, named, cancellationToken);
            if (file is null)
                return Problems.Result(422, reason, "The file cannot be sent", detail, "file");
        }
        else if ((file = files.Claim(request.Upload!, id)) is null)
        {
            return Problems.Result(404, "unknown-upload", "Unknown upload", $"there is no upload {request.Upload}, or it was used", "upload");
        }

        // 4
        var manifest = file.Manifest;
        var environment = new DeployableEnvironment(
            id, request.File ?? request.Name ?? request.Upload!, 1, Caller.Of(http).User, new Image(file.Path, ImageKind.Dd, file.Compression, manifest.Length, manifest.Sha256),
            "", "", "", "", []);
        var options = new Dictionary<string, string>
        {
            [BroadcastOptions.Path] = request.Path,
            [BroadcastOptions.Unpack] = request.Unpack ? BroadcastOptions.Yes : "no",
        };
        var wanted = new DeploymentRequest(id, Caller.Of(http).User, environment, [], 0, "", "", options) { Kind = OperationKind.Broadcast };
        var result = await engine.SubmitAsync(wanted, [.. chosen.Select(c => c.Node)], BroadcastPlan.Make(), CancellationToken.None);
        if (result is not SubmitResult.Accepted)
            files.Release(id);
        else
            _ = SweepAfterAsync(id);
        switch (result)
        {
            case SubmitResult.Accepted:
                var (what, where) = (environment.Name, NodeSet.Fold(chosen.Select(c => c.Node.Name)));
                Accepted(log, id, what, request.Path, where);
                return Results.Json(new BroadcastStarted(id), ApiJson.Default.BroadcastStarted, statusCode: 202);
            case SubmitResult.Busy busy:
                return Problems.Busy(busy.Nodes, canForce: false);
            case SubmitResult.Invalid invalid:
                return Problems.BadField(invalid.Errors[0].Field, invalid.Errors[0].Message);
            default:
                throw new InvalidOperationException("a submission is accepted, busy or invalid");
        }
    }

    // Ends with the broadcast, or with the controller, which sweeps when it starts.
    private async Task SweepAfterAsync(string id)
    {
        try
        {
            await foreach (var _ in engine.WatchAsync(id, 0, lifetime.ApplicationStopping))
            {
            }
            files.Sweep();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or UnauthorizedAccessException)
        {
        }
    }

    private IResult List(bool active, string? cursor, int? limit) =>
        Page.Problem(limit) ?? Results.Json(lists.Broadcasts(active, cursor, limit), ApiJson.Default.BroadcastList);

    private IResult Show(string id, HttpContext http) =>
        Find(id) is { } found ? Access.Owner(http, found.Request.User, id) ?? Results.Json(BroadcastMapping.ToInfo(found), ApiJson.Default.BroadcastInfo) : Unknown(id);

    private async Task<IResult> CancelAsync(string id, HttpContext http)
    {
        if (Find(id) is not { } found)
            return Unknown(id);
        if (Access.Owner(http, found.Request.User, id) is { } refused)
            return refused;
        return found.EndedAt is null && await engine.CancelAsync(id, Caller.Of(http).User, null, http.RequestAborted)
            ? Results.StatusCode(202)
            : Problems.Result(409, "broadcast-ended", "The broadcast is over", $"{id} has ended: there is nothing to cancel");
    }

    private DeploymentSnapshot? Find(string id) => BroadcastPlan.Is(id) ? DeploymentEndpoints.Find(id, engine, journal) : null;

    private static IResult Unknown(string id) => Problems.Result(
        404, "unknown-broadcast", "Unknown broadcast", string.Create(CultureInfo.InvariantCulture, $"there is no broadcast {id}; see 'kadeploy broadcast list'"));

    [LoggerMessage(Level = LogLevel.Information, Message = "{Broadcast}: accepted, {File} to {Path} on {Nodes}")]
    private static partial void Accepted(ILogger log, string broadcast, string file, string path, string nodes);
}
