using System.Net;
using System.Net.Sockets;

namespace Grpc.Net.Client;

/// <summary>Makes HTTP handlers that suit long-lived calls.</summary>
public static class GrpcHttpHandler
{
    /// <summary>The shortest time in which a lost peer can be noticed: connections are looked at once a second.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(6);

    /// <summary>
    /// How long a server may take from the TCP connection to the end of the TLS handshake. It makes thousands of them when a cluster boots, and whoever
    /// gives up in its queue only asks for the same work again.
    /// </summary>
    public static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(90);

    // The kernel asks ever more seldom: a new connection finds a host that has come back sooner.
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A handler without proxy, cookies or redirects, whose HTTP/2 PINGs (PROTOCOL-HTTP2.md, PING Frame) make calls fail with UNAVAILABLE within
    /// the given time after the peer fell silent (host lost, frozen, cable pulled), whether or not anything is being sent.
    /// </summary>
    /// <param name="noticeLostPeerWithin">At least <see cref="Shortest"/>.</param>
    /// <param name="key">Over TLS: the only key that is spoken to.</param>
    public static SocketsHttpHandler Create(TimeSpan noticeLostPeerWithin, PinnedKey? key = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(noticeLostPeerWithin, Shortest);
        var handler = new SocketsHttpHandler
        {
            // The handler looks every second, or every quarter of these if that is more: it may be late by two of those.
            KeepAlivePingDelay = (noticeLostPeerWithin - TimeSpan.FromSeconds(1)) / 3,
            KeepAlivePingTimeout = (noticeLostPeerWithin - TimeSpan.FromSeconds(1)) / 3,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            ConnectTimeout = HandshakePatience,
            ConnectCallback = async (context, cancellation) => await DialAsync(context.DnsEndPoint, cancellation).ConfigureAwait(false),
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        };
        if (key is not null)
            handler.SslOptions = key.DialOptions();
        return handler;
    }

    private static async Task<Stream> DialAsync(DnsEndPoint server, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerPatience);
        try
        {
            await socket.ConnectAsync(server, limit.Token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
