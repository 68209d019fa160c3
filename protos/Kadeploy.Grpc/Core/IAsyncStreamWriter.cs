namespace Grpc.Core;

/// <summary>Messages to the peer. Await each write (<see cref="InvalidOperationException"/> otherwise): that is the backpressure.</summary>
public interface IAsyncStreamWriter<in T>
{
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Completes when HTTP/2 flow control has taken the whole message.</summary>
    Task WriteAsync(T message);

    /// <summary>As above. Cancelling in the middle of a message cancels the call, for half a message cannot be taken back.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? throw new NotSupportedException("This writer's writes cannot be cancelled.") : WriteAsync(message);
}
