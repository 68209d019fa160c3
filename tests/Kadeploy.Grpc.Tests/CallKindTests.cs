using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Grpc.Tests.Probe;

namespace Kadeploy.Grpc.Tests;

public sealed class CallKindTests : IAsyncLifetime
{
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
    public async Task Unary_Echo_ResponseAndOk()
    {
        using var call = _client.UnaryAsync(new Note { Text = "näive", Body = ByteString.CopyFrom(1, 2, 3) });

        var response = await call.ResponseAsync.WithinAsync("the response");

        Assert.Equal("näive", response.Text);
        Assert.Equal(3, response.Number);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public void BlockingUnary_Echo_Response() => Assert.Equal("x", _client.Unary(new Note { Text = "x" }).Text);

    [Fact]
    public async Task Unary_EmptyMessage_EmptyResponse() => Assert.Equal(new Note(), await _client.UnaryAsync(new Note()).ResponseAsync.WithinAsync("the response"));

    [Fact]
    public async Task ServerStreaming_Five_FiveInOrderThenEnd()
    {
        using var call = _client.Down(new Note { Number = 5 });

        var numbers = new List<int>();
        await foreach (var note in call.ResponseStream.ReadAllAsync())
            numbers.Add(note.Number);

        Assert.Equal([0, 1, 2, 3, 4], numbers);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task ServerStreaming_None_EndsAtOnce()
    {
        using var call = _client.Down(new Note());

        Assert.False(await call.ResponseStream.MoveNext().WithinAsync("the end"));
    }

    [Fact]
    public async Task ClientStreaming_Three_OneResponse()
    {
        using var call = _client.Up();
        foreach (var text in new[] { "a", "b", "c" })
            await call.RequestStream.WriteAsync(new Note { Text = text, Number = 2 }).WithinAsync("a write");
        await call.RequestStream.CompleteAsync();

        var response = await call.ResponseAsync.WithinAsync("the response");

        Assert.Equal(("abc", 6), (response.Text, response.Number));
    }

    [Fact]
    public async Task Duplex_PingPong_EachAnsweredBeforeTheNext()
    {
        using var call = _client.Both();
        for (var i = 0; i < 20; i++)
        {
            await call.RequestStream.WriteAsync(new Note { Number = i });
            Assert.True(await call.ResponseStream.MoveNext().WithinAsync($"echo {i}"));
            Assert.Equal(i, call.ResponseStream.Current.Number);
        }
        await call.RequestStream.CompleteAsync();

        Assert.True(await call.ResponseStream.MoveNext().WithinAsync("what comes after the half-close"));
        Assert.Equal("half-closed", call.ResponseStream.Current.Text);
        Assert.False(await call.ResponseStream.MoveNext().WithinAsync("the end"));
    }

    [Fact]
    public async Task Duplex_NothingWritten_ServerSeesTheCall()
    {
        using var call = _client.Both();

        Assert.StartsWith("opened by ipv4:127.0.0.1:", await _server.Service.NextEventAsync("the call at the server"), StringComparison.Ordinal);
    }
}
