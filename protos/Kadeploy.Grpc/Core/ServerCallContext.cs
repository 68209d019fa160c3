namespace Grpc.Core;

/// <summary>What a handler may know and say about its call besides the messages.</summary>
public abstract class ServerCallContext
{
    /// <summary>"/" service "/" method.</summary>
    public string Method => MethodCore;

    /// <summary>The authority that the client named.</summary>
    public string Host => HostCore;

    /// <summary>"ipv4:ADDRESS:PORT" or "ipv6:[ADDRESS]:PORT".</summary>
    public string Peer => PeerCore;

    /// <summary>UTC time after which nobody waits for the answer; <see cref="DateTime.MaxValue"/> when there is none.</summary>
    public DateTime Deadline => DeadlineCore;

    public Metadata RequestHeaders => RequestHeadersCore;

    /// <summary>Cancelled when the client cancels or is lost, or the deadline passes.</summary>
    public CancellationToken CancellationToken => CancellationTokenCore;

    /// <summary>Custom metadata that goes out with the status.</summary>
    public Metadata ResponseTrailers => ResponseTrailersCore;

    /// <summary>The status that the client gets when the handler returns; OK unless set.</summary>
    public Status Status { get => StatusCore; set => StatusCore = value; }

    public WriteOptions? WriteOptions { get => WriteOptionsCore; set => WriteOptionsCore = value; }

    /// <summary>Sends the headers before the first message does; at most once (<see cref="InvalidOperationException"/>).</summary>
    public Task WriteResponseHeadersAsync(Metadata responseHeaders) => WriteResponseHeadersAsyncCore(responseHeaders);

    protected abstract string MethodCore { get; }

    protected abstract string HostCore { get; }

    protected abstract string PeerCore { get; }

    protected abstract DateTime DeadlineCore { get; }

    protected abstract Metadata RequestHeadersCore { get; }

    protected abstract CancellationToken CancellationTokenCore { get; }

    protected abstract Metadata ResponseTrailersCore { get; }

    protected abstract Status StatusCore { get; set; }

    protected abstract WriteOptions? WriteOptionsCore { get; set; }

    protected abstract Task WriteResponseHeadersAsyncCore(Metadata responseHeaders);
}
