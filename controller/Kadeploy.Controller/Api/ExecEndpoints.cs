using System.Buffers;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Environments;
using Kadeploy.Api.Exec;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Transfers;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Api;

/// <summary><c>/v1/exec</c> and <c>/v1/copies</c>: commands and files for nodes that run, answered with one JSON document a line as nodes end.</summary>
internal sealed class ExecEndpoints(NodeSelection selection, Access access, NodeCommands commands, BroadcastFiles files)
{
    private const int LongestCommand = 64 * 1024;
    private const int LongestPath = 1024;
    private const int MostWindow = 1000;
    private const int LongestTimeout = 24 * 3600;
    private const int MostUnsent = 256 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.Exec, (HttpContext http, ExecEndpoints it) => Body.ReadAsync(http, ApiJson.Default.RunCommand, request => it.ExecAsync(request, http)))
            .AuditAs("exec")
            .Describe(
                "Run a command on nodes; a line for each as it ends", ApiJson.Default.CommandResult, 200, ApiJson.Default.RunCommand,
                """{"nodes":"node-[1-3]","command":"uname -r"}""", RegistrationStep.MediaType);
        routes.MapPost(Routes.Copies, (HttpContext http, ExecEndpoints it) => Body.ReadAsync(http, ApiJson.Default.StartCopy, request => it.CopyAsync(request, http)))
            .AuditAs("copy")
            .Describe(
                "Write an uploaded file into the installed system of nodes; a line for each as it ends", ApiJson.Default.CommandResult, 200, ApiJson.Default.StartCopy,
                """{"nodes":"node-[1-3]","upload":"U-00000000-0000-0000-0000-000000000000","path":"/etc/motd"}""", RegistrationStep.MediaType);
    }

    private async Task<IResult> ExecAsync(RunCommand request, HttpContext http)
    {
        http.About(request.Nodes, request.Command.Length > 200 ? request.Command[..200] + "…" : request.Command);
        if (string.IsNullOrWhiteSpace(request.Command) || request.Command.Length > LongestCommand || request.Command.Contains('\0'))
            return Problems.BadField("command", $"1 to {LongestCommand} characters");
        if (Refuse(request.Nodes, request.TimeoutSeconds, request.Window, http, out var nodes) is { } refused)
            return refused;
        return await StreamAsync(commands.RunAsync(nodes, request.Command, TimeSpan.FromSeconds(request.TimeoutSeconds ?? 300), request.Window, http.RequestAborted), http);
    }

    private async Task<IResult> CopyAsync(StartCopy request, HttpContext http)
    {
        http.About(request.Nodes, request.Path);
        // It is part of a command line on the node.
        if (request.Path.Length is < 2 or > LongestPath || request.Path[0] != '/' || request.Path.EndsWith('/') || !request.Path.All(c => char.IsAsciiLetterOrDigit(c) || "/._+@-".Contains(c)))
            return Problems.BadField("path", "an absolute path of letters, digits and /._+@- is expected");
        if (Refuse(request.Nodes, request.TimeoutSeconds, request.Window, http, out var nodes) is { } refused)
            return refused;
        var id = $"C-{Guid.NewGuid():D}";
        if ((request.KeepUpload == true ? files.Share(request.Upload, id) : files.Claim(request.Upload, id)) is not { } file)
            return Problems.Result(404, "unknown-upload", "Unknown upload", $"there is no upload {request.Upload}, or it was used", "upload");
        try
        {
            return await StreamAsync(
                commands.CopyAsync(nodes, file.Path, request.Path, TimeSpan.FromSeconds(request.TimeoutSeconds ?? 3600), request.Window, http.RequestAborted), http);
        }
        finally
        {
            files.Release(id);
        }
    }

    /// <summary>What both have in common. It runs as root on all of a node: the right to all of its disk.</summary>
    private IResult? Refuse(string set, int? timeout, int? window, HttpContext http, out IReadOnlyList<Node> nodes)
    {
        nodes = [];
        if (timeout is < 1 or > LongestTimeout)
            return Problems.BadField("timeoutSeconds", $"from 1 to {LongestTimeout}");
        if (window is < 1 or > MostWindow)
            return Problems.BadField("window", $"from 1 to {MostWindow}");
        var (chosen, problem) = selection.ChooseOnce(set, "nodes");
        nodes = [.. chosen.Select(c => c.Node)];
        return problem ?? access.Nodes(http, [.. nodes.Select(n => n.Name)], 0);
    }

    private static async Task<IResult> StreamAsync(IAsyncEnumerable<CommandResult> results, HttpContext http)
    {
        http.Response.ContentType = RegistrationStep.MediaType;
        await http.Response.StartAsync(http.RequestAborted);
        var body = http.Response.BodyWriter;
        await using var each = results.GetAsyncEnumerator(http.RequestAborted);
        while (true)
        {
            var next = each.MoveNextAsync();
            // What came at once goes out at once: with a thousand nodes, a packet for each would be most of the work.
            if (!next.IsCompleted || body.UnflushedBytes > MostUnsent)
                await body.FlushAsync(http.RequestAborted);
            if (!await next)
                break;
            body.Write(JsonSerializer.SerializeToUtf8Bytes(each.Current, ApiJson.Default.CommandResult));
            body.Write("\n"u8);
        }
        await body.FlushAsync(http.RequestAborted);
        return Results.Empty;
    }
}
