using System.Net.WebSockets;
using Kadeploy.Api;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Api;

/// <summary>
/// <c>GET /v1/nodes/{name}/console</c>: the node's serial console over a WebSocket, as its BMC gives it (IPMI serial over LAN). Binary messages either way, as
/// bytes come. Asked for without an upgrade it says whether there is one.
/// </summary>
internal sealed class ConsoleEndpoint(NodeStore nodes, IpmiTool ipmi, Access access, IHostApplicationLifetime lifetime)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(Routes.Nodes + "/{name}/console", (string name, bool? force, HttpContext http, ConsoleEndpoint it) => it.ServeAsync(name, force ?? false, http))
            .AuditAs("console").Describe("The serial console, over a WebSocket", status: 101);

    private async Task<IResult> ServeAsync(string name, bool force, HttpContext http)
    {
        http.About(name);
        if (nodes.Find(name) is not { Node: var node })
            return Problems.UnknownNodes([name]);
        // Whoever sits at the console is root as soon as the boot loader says so.
        if (access.Nodes(http, [name], 0) is { } refused)
            return refused;
        if (node.Bmc is not { Kind: "ipmi" } bmc)
            return Problems.Result(409, "no-console", "No console", $"{name} has {(node.Bmc is null ? "no BMC" : $"a BMC of kind {node.Bmc.Kind}")}: a console is reached by IPMI serial over LAN", nodes: [name]);
        if (!http.WebSockets.IsWebSocketRequest)
            return Problems.Result(426, "upgrade-needed", "A WebSocket is needed", $"{name} has a console: open it as a WebSocket, or with 'kadeploy console {name}'");
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var failure = await ipmi.ConsoleAsync(bmc, nodes.BmcPassword(name) ?? "", force, (input, output, error) => TalkAsync(socket, input, output, error, over));
        await CloseAsync(socket, failure ?? "the console's session has ended");
        return Results.Empty;
    }

    /// <summary>Until either side ends.</summary>
    private static async Task TalkAsync(WebSocket socket, Stream input, Stream output, Stream error, CancellationTokenSource over)
    {
        using var sending = new SemaphoreSlim(1);
        var said = Task.WhenAll(SayAsync(output), SayAsync(error));
        var heard = HearAsync();
        await Task.WhenAny(said, heard);
        await over.CancelAsync();
        await Task.WhenAll(said, heard).ContinueWith(_ => { }, TaskScheduler.Default);

        async Task SayAsync(Stream from)
        {
            var buffer = new byte[4096];
            int count;
            while ((count = await from.ReadAsync(buffer, over.Token)) > 0)
            {
                await sending.WaitAsync(over.Token);
                try
                {
                    await socket.SendAsync(buffer.AsMemory(0, count), WebSocketMessageType.Binary, endOfMessage: true, over.Token);
                }
                finally
                {
                    sending.Release();
                }
            }
        }

        async Task HearAsync()
        {
            var buffer = new byte[4096];
            while (true)
            {
                var got = await socket.ReceiveAsync(buffer.AsMemory(), over.Token);
                if (got.MessageType == WebSocketMessageType.Close)
                    return;
                await input.WriteAsync(buffer.AsMemory(0, got.Count), over.Token);
                await input.FlushAsync(over.Token);
            }
        }
    }

    private static async Task CloseAsync(WebSocket socket, string why)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return;
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, why.Length > 100 ? why[..100] : why, limit.Token); // RFC 6455: 123 bytes at most
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // Nobody is there to be told.
        }
    }
}
