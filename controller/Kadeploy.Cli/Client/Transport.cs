using System.Net.Sockets;

namespace Kadeploy.Cli.Client;

/// <summary>TCP connections that notice a controller which is gone without a word.</summary>
internal static class Transport
{
    public static SocketsHttpHandler Create() => new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // A site's web proxy is never the way to its own controller.
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                // An event stream may be silent for minutes: only keepalive tells a quiet controller from one whose machine lost power.
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
