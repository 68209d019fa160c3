namespace Grpc.Core;

/// <summary>A client's request stream.</summary>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Half-close: ends the request stream (END_STREAM); responses still come.</summary>
    Task CompleteAsync();
}
