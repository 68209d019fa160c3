namespace Grpc.AspNetCore.Server;

/// <summary>What may be chosen for all services of a server.</summary>
public sealed class GrpcServiceOptions
{
    /// <summary>Bytes; a longer request ends its call with RESOURCE_EXHAUSTED. Null means no limit. gRPC's customary 4 MiB unless set.</summary>
    public int? MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;
}
