using System.Net.Sockets;

namespace Kadeploy.TestSupport;

/// <summary>What a rogue says to a port.</summary>
public static class RawTalk
{
    /// <summary>Sends bytes and hears until it is hung up on.</summary>
    /// <param name="socket">Connected.</param>
    /// <param name="bytes">What is said.</param>
    /// <param name="patience">How long the other side may take in all.</param>
    /// <exception cref="OperationCanceledException">It did not hang up in time.</exception>
    public static async Task<byte[]> SayAsync(Socket socket, byte[] bytes, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(socket);
        using var over = new CancellationTokenSource(patience);
        var heard = new MemoryStream();
        try
        {
            await socket.SendAsync(bytes, over.Token);
            socket.Shutdown(SocketShutdown.Send);
            var buffer = new byte[4096];
            for (int read; (read = await socket.ReceiveAsync(buffer, over.Token)) > 0;)
                heard.Write(buffer, 0, read);
        }
        catch (SocketException)
        {
            // Hung up on in the middle of it.
        }
        return heard.ToArray();
    }
}
