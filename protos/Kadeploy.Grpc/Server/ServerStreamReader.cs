namespace Grpc.Core;

internal sealed class ServerStreamReader<T>(ServerCall call, MessageReader<T> reader) : IAsyncStreamReader<T> where T : class
{
    private T? _current;
    private int _busy;

    public T Current => _current ?? throw new InvalidOperationException("There is no message: MoveNext has not returned true.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _busy, 1) == 1)
            throw new InvalidOperationException("The previous MoveNext has not completed.");
        try
        {
            var ended = ((ServerCallContext)call).CancellationToken;
            using var either = cancellationToken.CanBeCanceled && cancellationToken != ended
                ? CancellationTokenSource.CreateLinkedTokenSource(ended, cancellationToken)
                : null;
            _current = await reader.ReadAsync(either?.Token ?? ended);
            return _current is not null;
        }
        catch (IOException e)
        {
            // The stream was reset or the connection lost. Kestrel's own token may say so only a moment later.
            call.LoseClient();
            throw new OperationCanceledException("The client is gone.", e, ((ServerCallContext)call).CancellationToken);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>The one request of a call that has but one. Another number is UNIMPLEMENTED (statuscodes.md, cardinality violation).</summary>
    public async Task<T> ReadSingleAsync()
    {
        if (!await MoveNext(CancellationToken.None))
            throw new RpcException(new Status(StatusCode.Unimplemented, "The client sent no request where one is due."));
        var request = Current;
        if (await MoveNext(CancellationToken.None))
            throw new RpcException(new Status(StatusCode.Unimplemented, "The client sent more than one request where one is due."));
        return request;
    }
}
