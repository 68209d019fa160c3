using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Kadeploy.FleetAgents;

/// <summary>Connections that come from an address of the machine's own: the controller tells machines apart by it.</summary>
internal static class SourceHttp
{
    /// <param name="from">The machine's address.</param>
    /// <param name="idle">When an unused connection is closed.</param>
    /// <param name="key">Over TLS: the controller's key.</param>
    public static SocketsHttpHandler Handler(IPAddress from, TimeSpan idle, PinnedKey? key = null)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            PooledConnectionIdleTimeout = idle,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    socket.Bind(new IPEndPoint(from, 0));
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        if (key is not null)
            handler.SslOptions = key.DialOptions();
        return handler;
    }
}
