namespace Grpc.Net.Client;

/// <summary>Makes HTTP handlers that suit long-lived calls.</summary>
public static class GrpcHttpHandler
{
    /// <summary>The shortest time in which a lost peer can be noticed: connections are looked at once a second.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(6);

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
            ConnectTimeout = noticeLostPeerWithin,
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
}
