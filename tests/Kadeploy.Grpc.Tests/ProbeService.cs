using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Kadeploy.Grpc.Tests.Probe;

namespace Kadeploy.Grpc.Tests;

/// <summary>Behaves as the text of a request says; else echoes. <see cref="Events"/> tells a test what the handlers lived through.</summary>
internal sealed class ProbeService : Prober.ProberBase
{
    public Channel<string> Events { get; } = Channel.CreateUnbounded<string>(); // a test reads the few it provoked

    public override async Task<Note> Unary(Note request, ServerCallContext context)
    {
        switch (request.Text)
        {
            case "fail":
                context.ResponseTrailers.Add("reason", "told-to");
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "größer als 100 % – 駄目"), new Metadata { { "detail-bin", [0, 255] } });
            case "crash":
                throw new InvalidDataException("secret of the house");
            case "status":
                context.Status = new Status(StatusCode.NotFound, "set by the handler");
                return new Note();
            case "big":
                return new Note { Body = ByteString.CopyFrom(new byte[request.Number]) };
            case "wait":
                await WaitForEndAsync(context);
                break;
            case "metadata":
                var echo = new Metadata();
                foreach (var entry in context.RequestHeaders.Where(entry => entry.Key.StartsWith("probe", StringComparison.Ordinal)))
                    echo.Add(entry);
                await context.WriteResponseHeadersAsync(echo);
                foreach (var entry in echo)
                    context.ResponseTrailers.Add(entry);
                break;
            case "timeout":
                return new Note { Text = request.Text, Number = (int)(context.Deadline - DateTime.UtcNow).TotalMilliseconds };
            case "deaf":
                // Heeds no token: the client must get its answer all the same.
                await Events.Writer.WriteAsync("deaf");
                await Release.Task;
                break;
        }
        return new Note { Text = request.Text, Number = request.Body.Length };
    }

    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async Task Down(Note request, IServerStreamWriter<Note> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Number; i++)
        {
            try
            {
                await responseStream.WriteAsync(new Note { Text = request.Text, Number = i, Body = request.Body });
                await Events.Writer.WriteAsync($"sent {i}");
            }
            catch (OperationCanceledException)
            {
                await Events.Writer.WriteAsync("write cancelled");
                throw;
            }
        }
        if (request.Text == "twice")
            await WriteTwiceAtOnceAsync(responseStream);
        if (request.Text == "wait")
            await WaitForEndAsync(context);
        if (request.Text == "fail")
            throw new RpcException(new Status(StatusCode.Aborted, "after the messages"));
    }

    public override async Task<Note> Up(IAsyncStreamReader<Note> requestStream, ServerCallContext context)
    {
        var sum = new Note();
        await foreach (var note in requestStream.ReadAllAsync())
        {
            if (note.Text == "hold")
            {
                await Events.Writer.WriteAsync("holding");
                await Release.Task;
                continue;
            }
            if (note.Text == "enough")
                throw new RpcException(new Status(StatusCode.ResourceExhausted, "enough"));
            sum.Text += note.Text;
            sum.Number += note.Number;
        }
        return sum;
    }

    public override async Task Both(IAsyncStreamReader<Note> requestStream, IServerStreamWriter<Note> responseStream, ServerCallContext context)
    {
        await Events.Writer.WriteAsync($"opened by {context.Peer}");
        try
        {
            await foreach (var note in requestStream.ReadAllAsync())
                await responseStream.WriteAsync(note);
            await responseStream.WriteAsync(new Note { Text = "half-closed" });
        }
        catch (OperationCanceledException)
        {
            await Events.Writer.WriteAsync("cancelled");
            throw;
        }
    }

    // Larger than all windows, so that the first must still be waiting.
    private async Task WriteTwiceAtOnceAsync(IServerStreamWriter<Note> responseStream)
    {
        var first = responseStream.WriteAsync(new Note { Body = ByteString.CopyFrom(new byte[3 << 20]) });
        try
        {
            await responseStream.WriteAsync(new Note());
        }
        catch (InvalidOperationException e)
        {
            await Events.Writer.WriteAsync("refused");
            await first;
            throw new RpcException(new Status(StatusCode.AlreadyExists, e.Message));
        }
    }

    private async Task WaitForEndAsync(ServerCallContext context)
    {
        await Events.Writer.WriteAsync("waiting");
        try
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            await Events.Writer.WriteAsync("cancelled");
            throw;
        }
    }
}
