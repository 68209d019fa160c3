using Grpc.Core;

namespace Grpc.Net.Client;

internal sealed class ClientStreamReader<TRequest, TResponse>(ClientCall<TRequest, TResponse> call) : IAsyncStreamReader<TResponse>
    where TRequest : class where TResponse : class
{
    private TResponse? _current;
    private int _busy;

    public TResponse Current => _current ?? throw new InvalidOperationException("There is no message: MoveNext has not returned true.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _busy, 1) == 1)
            throw new InvalidOperationException("The previous MoveNext has not completed.");
        try
        {
            using var _ = cancellationToken.UnsafeRegister(static call => ((ClientCall<TRequest, TResponse>)call!).Cancel(), call);
            _current = await call.ReadAsync().ConfigureAwait(false);
            return _current is not null;
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }
}
