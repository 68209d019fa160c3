using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Grpc.Tests.Probe;

namespace Kadeploy.Grpc.Tests;

/// <summary>Backpressure, and what happens to a writer that is held up by it; the rules of who may write.</summary>
public sealed class FlowTests : IAsyncLifetime
{
    private static readonly ByteString Block = ByteString.CopyFrom(new byte[64 * 1024]);

    private ProbeServer _server = null!;
    private GrpcChannel _channel = null!;
    private Prober.ProberClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await ProbeServer.StartAsync();
        _channel = GrpcChannel.ForAddress(_server.Address);
        _client = new Prober.ProberClient(_channel);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task ServerStreaming_ClientDoesNotRead_ServerWaits()
    {
        using var call = _client.Down(new Note { Number = 200, Body = Block });

        var sent = await EventsUntilQuietAsync();

        Assert.InRange(sent, 1, 100);
        var received = 0;
        await foreach (var note in call.ResponseStream.ReadAllAsync())
            Assert.Equal(received++, note.Number);
        Assert.Equal(200, received);
    }

    [Fact]
    public async Task ServerStreaming_ClientDoesNotReadAndCancels_HandlerIsReleased()
    {
        var call = _client.Down(new Note { Number = 200, Body = Block, Text = "tell" });
        await EventsUntilQuietAsync();

        call.Dispose();

        while (await _server.Service.NextEventAsync("the blocked write to be given up") is var told && told != "write cancelled")
            Assert.StartsWith("sent", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ServerDoesNotRead_WritesWait()
    {
        using var call = _client.Up();
        await call.RequestStream.WriteAsync(new Note { Text = "hold" });
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (; written < 200; written++)
                await call.RequestStream.WriteAsync(new Note { Body = Block, Number = 1 });
            await call.RequestStream.CompleteAsync();
        });
        Assert.Equal("holding", await _server.Service.NextEventAsync("the handler"));

        var before = 0;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var looks = 0; looks < 5 || before == 0; looks = written == before ? looks + 1 : 0)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"waited 60 s for writes to begin and to stop; {written} were written");
            before = written;
            await Task.Delay(100); // for as long as writes still go through
        }

        Assert.InRange(written, 1, 100);
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new Note()));
        await Assert.ThrowsAsync<InvalidOperationException>(call.RequestStream.CompleteAsync);
        _server.Service.Release.SetResult();
        await writing.WithinAsync("the rest to be written");
        Assert.Equal(200, (await call.ResponseAsync.WithinAsync("the response")).Number);
    }

    [Fact]
    public async Task Client_TwoReadsAtOnce_SecondIsRefused()
    {
        using var call = _client.Both();
        var first = call.ResponseStream.MoveNext(CancellationToken.None);

        await Assert.ThrowsAsync<InvalidOperationException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        await call.RequestStream.WriteAsync(new Note());
        Assert.True(await first.WithinAsync("the first read"));
    }

    [Fact]
    public async Task Handler_TwoWritesAtOnce_SecondIsRefused()
    {
        using var call = _client.Down(new Note { Text = "twice" });

        // Nothing is read before: it could make room for the second.
        Assert.Equal("refused", await _server.Service.NextEventAsync("the second to be refused"));
        var e = await Assert.ThrowsAsync<RpcException>(async () => { while (await call.ResponseStream.MoveNext()) { } });

        Assert.Equal("The previous write has not completed.", e.Status.Detail);
    }

    [Fact]
    public async Task Message_LengthIsALie_CallEndsInternal()
    {
        var lying = Marshallers.Create<Note>(
            static (note, context) => { context.SetPayloadLength(10); note.WriteTo(context.GetBufferWriter()); context.Complete(); },
            static context => Note.Parser.ParseFrom(context.PayloadAsReadOnlySequence()));
        var method = new Method<Note, Note>(MethodType.DuplexStreaming, "kadeploy.probe.Prober", "Both", lying, lying);
        using var call = _channel.CreateCallInvoker().AsyncDuplexStreamingCall(method, null, new CallOptions());

        var e = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new Note { Text = "x" }).WithinAsync("the write"));

        Assert.Equal(StatusCode.Internal, e.StatusCode);
        Assert.Equal(StatusCode.Internal, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).StatusCode);
    }

    // Takes the handler's events until none comes for a while.
    private async Task<int> EventsUntilQuietAsync()
    {
        var count = 0;
        while (true)
        {
            using var quiet = new CancellationTokenSource(TimeSpan.FromMilliseconds(count == 0 ? 60_000 : 400));
            try
            {
                await _server.Service.Events.Reader.ReadAsync(quiet.Token);
                count++;
            }
            catch (OperationCanceledException)
            {
                return count;
            }
        }
    }
}
