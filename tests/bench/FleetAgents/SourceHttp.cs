using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Kadeploy.FleetAgents;

/// <summary>Connections that come from an address of the machine's own: the controller tells machines apart by it.</summary>
internal static class SourceHttp
{
    /// <param name="from">The machine's address.</param>
    /// <param name="idle">When an unused connection is closed.</param>
    public static SocketsHttpHandler Handler(IPAddress from, TimeSpan idle) => new()
    {
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = idle,
        ConnectCallback = (context, cancellation) => DialAsync(from, context.DnsEndPoint, cancellation),
    };

    /// <summary>As the real agent dials, over TLS.</summary>
    public static SocketsHttpHandler Agent(IPAddress from, PinnedKey? key)
    {
        var handler = GrpcHttpHandler.Create(TimeSpan.FromSeconds(15), key);
        handler.ConnectCallback = (context, cancellation) => DialAsync(from, context.DnsEndPoint, cancellation);
        return handler;
    }

    private static async ValueTask<Stream> DialAsync(IPAddress from, DnsEndPoint to, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(to, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
