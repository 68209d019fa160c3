using Grpc.Core;

namespace Grpc.Net.Client;

internal sealed class ClientStreamWriter<TRequest, TResponse>(ClientCall<TRequest, TResponse> call) : IClientStreamWriter<TRequest>
    where TRequest : class where TResponse : class
{
    private int _busy;
    private bool _completed;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        cancellationToken.ThrowIfCancellationRequested();
        Enter();
        try
        {
            if (_completed)
                throw new InvalidOperationException("The request stream was completed.");
            using var _ = cancellationToken.UnsafeRegister(static call => ((ClientCall<TRequest, TResponse>)call!).Cancel(), call);
            await call.WriteAsync(message).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    public Task CompleteAsync()
    {
        Enter();
        _completed = true;
        call.CompleteRequests();
        Volatile.Write(ref _busy, 0);
        return Task.CompletedTask;
    }

    private void Enter()
    {
        if (Interlocked.Exchange(ref _busy, 1) == 1)
            throw new InvalidOperationException("The previous write has not completed.");
    }
}
