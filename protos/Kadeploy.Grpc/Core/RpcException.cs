namespace Grpc.Core;

/// <summary>A call that did not end with OK. Thrown by a handler, it decides the status and trailers that the caller sees.</summary>
public sealed class RpcException(Status status, Metadata trailers, string message) : Exception(message, status.DebugException)
{
    public RpcException(Status status) : this(status, Metadata.Empty)
    {
    }

    public RpcException(Status status, string message) : this(status, Metadata.Empty, message)
    {
    }

    public RpcException(Status status, Metadata trailers) : this(status, trailers, status.ToString())
    {
    }

    public Status Status { get; } = status;

    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>The peer's custom metadata that came with the status.</summary>
    public Metadata Trailers { get; } = trailers;
}
