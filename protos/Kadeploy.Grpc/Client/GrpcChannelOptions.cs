namespace Grpc.Net.Client;

/// <summary>What may be chosen for a channel.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>gRPC's customary limit: 4 MiB.</summary>
    public const int DefaultMaxReceiveMessageSize = 4 * 1024 * 1024;

    /// <summary>Carries the calls; none means <see cref="GrpcHttpHandler.Create"/> with 30 s.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether disposing the channel disposes <see cref="HttpHandler"/> too.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Bytes; a longer response ends its call with RESOURCE_EXHAUSTED. Null means no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = DefaultMaxReceiveMessageSize;

    /// <summary>The clock of the deadlines.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
