namespace Grpc.Core;

/// <summary>What the four kinds of client call have in common. Disposing a call that has not ended cancels it.</summary>
public abstract class AsyncCall : IDisposable
{
    private readonly Func<Status> _getStatus;
    private readonly Func<Metadata> _getTrailers;
    private readonly Action _dispose;

    private protected AsyncCall(Task<Metadata> responseHeadersAsync, Func<Status> getStatusFunc, Func<Metadata> getTrailersFunc, Action disposeAction)
    {
        ResponseHeadersAsync = responseHeadersAsync;
        _getStatus = getStatusFunc;
        _getTrailers = getTrailersFunc;
        _dispose = disposeAction;
    }

    /// <summary>The server's first metadata; fails with <see cref="RpcException"/> if the call ends without.</summary>
    public Task<Metadata> ResponseHeadersAsync { get; }

    /// <summary>How the call ended; <see cref="InvalidOperationException"/> while it goes on.</summary>
    public Status GetStatus() => _getStatus();

    /// <summary>The metadata that came with the status; <see cref="InvalidOperationException"/> while the call goes on.</summary>
    public Metadata GetTrailers() => _getTrailers();

    public void Dispose()
    {
        _dispose();
        GC.SuppressFinalize(this);
    }
}
