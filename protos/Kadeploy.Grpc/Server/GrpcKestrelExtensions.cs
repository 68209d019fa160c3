using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Kestrel's limits for long-lived calls.</summary>
public static class GrpcKestrelExtensions
{
    /// <summary>
    /// HTTP/2 PINGs (PROTOCOL-HTTP2.md, PING Frame) cancel the calls of a peer within the given time (at least 6 s) after it fell silent. They also
    /// take the place of the minimum response rate, which Kestrel knows per connection only and which would cut a slow reader's stream.
    /// A call's own request rate and size limits are lifted call by call, so those of other endpoints stay as they are.
    /// </summary>
    public static void UseGrpcKeepAlive(this KestrelServerOptions options, TimeSpan noticeLostPeerWithin)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(noticeLostPeerWithin, TimeSpan.FromSeconds(6));
        // Kestrel looks once a second, and may be late by one of these at the last byte, at the ping and at its answer.
        options.Limits.Http2.KeepAlivePingDelay = (noticeLostPeerWithin - TimeSpan.FromSeconds(3)) / 2;
        options.Limits.Http2.KeepAlivePingTimeout = (noticeLostPeerWithin - TimeSpan.FromSeconds(3)) / 2;
        options.Limits.MinResponseDataRate = null;
    }
}
