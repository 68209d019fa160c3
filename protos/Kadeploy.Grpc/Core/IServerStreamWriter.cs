namespace Grpc.Core;

/// <summary>A server's response stream; it ends when the handler returns.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;
