namespace Grpc.Core;

/// <summary>Which of the two sides sends a stream of messages rather than exactly one.</summary>
public enum MethodType
{
    Unary,
    ClientStreaming,
    ServerStreaming,
    DuplexStreaming,
}
