namespace Grpc.Core;

/// <summary>The messages of the peer. One <see cref="MoveNext"/> at a time.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last successful <see cref="MoveNext"/> took.</summary>
    T Current { get; }

    /// <summary>
    /// Waits for a message; false once the peer has ended its stream. A client gets an <see cref="RpcException"/> when the call ends with
    /// another status than OK; a server an <see cref="OperationCanceledException"/> when the call is cancelled. A client's token cancels the
    /// whole call; a server's only this wait, which may be taken up again.
    /// </summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}
