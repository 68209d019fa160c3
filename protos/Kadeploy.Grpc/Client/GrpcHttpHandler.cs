namespace Grpc.Net.Client;

/// <summary>Makes HTTP handlers that suit long-lived calls.</summary>
public static class GrpcHttpHandler
{
    /// <summary>The shortest time in which a lost peer can be noticed: SocketsHttpHandler looks at its connections once a second.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(6);

    /// <summary>
    /// A handler without proxy, cookies or redirects, whose HTTP/2 PINGs (PROTOCOL-HTTP2.md, PING Frame) make calls fail with UNAVAILABLE within
    /// the given time after the peer fell silent (host lost, frozen, cable pulled), whether or not anything is being sent.
    /// </summary>
    public static SocketsHttpHandler Create(TimeSpan noticeLostPeerWithin)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(noticeLostPeerWithin, Shortest);
        return new SocketsHttpHandler
        {
            // A third until the ping, a third for its answer; the rest is slack for the two rounds of the timer that looks (every 1/12, or 1 s).
            KeepAlivePingDelay = noticeLostPeerWithin / 3,
            KeepAlivePingTimeout = noticeLostPeerWithin / 3,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            ConnectTimeout = noticeLostPeerWithin,
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        };
    }
}
