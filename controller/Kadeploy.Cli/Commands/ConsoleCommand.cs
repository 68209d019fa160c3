using System.CommandLine;
using System.Net.WebSockets;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy console: a node's serial console, through the controller and the node's BMC.</summary>
internal static class ConsoleCommand
{
    // Ctrl-], as in telnet and virsh.
    private const byte Leave = 0x1d;

    public static Command Create(GlobalOptions global)
    {
        var node = new Argument<string>("NODE") { Description = "The node" };
        var force = new Option<bool>("--force") { Description = "End somebody else's session on this console first" };
        var command = new Command("console", "Sit at a node's serial console (IPMI serial over LAN); Ctrl-] leaves it") { node, force };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.ConsoleAsync(run.Get(node), run.Get(force), cancel)).TryGet(out var socket, out var failure))
                return run.Fail(failure);
            using (socket)
            {
                run.Terminal.Error.WriteLine($"console of {run.Get(node)}; Ctrl-] leaves it");
                string? why;
                using (new RawTerminal())
                    why = await TalkAsync(socket, cancel);
                run.Terminal.Error.WriteLine($"\nkadeploy: {(why is null ? "left the console" : Printable.Line(why, 200))}");
                return ExitCode.Success;
            }
        });
        return command;
    }

    /// <summary>Until the user leaves, which gives null, or the other side ends it, which says why.</summary>
    private static async Task<string?> TalkAsync(WebSocket socket, CancellationToken cancel)
    {
        // A read from a terminal cannot be taken back; its thread does not keep the process alive.
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Type(socket, left)) { IsBackground = true, Name = "keys" }.Start();
        var shown = ShowAsync(socket, cancel);
        if (await Task.WhenAny(shown, left.Task) == shown)
            return await shown;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            // The controller tells the BMC before it answers.
            await shown.WaitAsync(limit.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // It went away at the same time.
        }

        return null;
    }

    private static void Type(WebSocket socket, TaskCompletionSource left)
    {
        using var keys = Console.OpenStandardInput();
        var buffer = new byte[256];
        int count;
        while ((count = keys.Read(buffer)) > 0)
        {
            var end = Array.IndexOf(buffer, Leave, 0, count);
            try
            {
                socket.SendAsync(buffer.AsMemory(0, end < 0 ? count : end), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).AsTask().Wait();
            }
            catch (AggregateException)
            {
                break;
            }

            if (end >= 0)
                break;
        }

        left.TrySetResult();
    }

    private static async Task<string> ShowAsync(WebSocket socket, CancellationToken cancel)
    {
        await using var screen = Console.OpenStandardOutput();
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var got = await socket.ReceiveAsync(buffer.AsMemory(), cancel);
                if (got.MessageType == WebSocketMessageType.Close)
                    return socket.CloseStatusDescription is { Length: > 0 } why ? why : "the controller closed the console";
                await screen.WriteAsync(buffer.AsMemory(0, got.Count), cancel);
                await screen.FlushAsync(cancel);
            }
        }
        catch (WebSocketException e)
        {
            return $"the connection to the controller is lost: {e.Message}";
        }
    }
}
