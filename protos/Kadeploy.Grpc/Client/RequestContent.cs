using System.IO.Pipelines;
using System.Net;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>
/// The body of a call's HTTP request: the one request, or a stream that stays open until completed (END_STREAM) or cancelled (RST_STREAM).
/// </summary>
internal sealed class RequestContent<TRequest>(TRequest? single, Marshaller<TRequest> marshaller, CancellationToken ended) : HttpContent
    where TRequest : class
{
    private readonly TaskCompletionSource<PipeWriter> _pipe = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where the requests of a stream go, once there is a connection.</summary>
    public Task<PipeWriter> Pipe => _pipe.Task;

    public void Complete() => _completed.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var pipe = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 16384, leaveOpen: true));
        if (single is not null)
        {
            MessageFrame.Write(pipe, single, marshaller);
            await pipe.FlushAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
        // Else the headers would wait for the first message, and the server would not know of the call.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (!_pipe.TrySetResult(pipe))
            throw new IOException("The server refused the stream after requests were written to it.");
        // To throw is to reset the stream: a cancelled call shall not look half-closed to the server.
        await _completed.Task.WaitAsync(ended).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
