using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Grpc.Tests.Probe;

namespace Kadeploy.Grpc.Tests;

/// <summary>What our client must do, whoever serves: run against our own server and against grpcio's.</summary>
public abstract class ClientTests : IAsyncLifetime
{
    private GrpcChannel _channel = null!;
    private Prober.ProberClient _client = null!;

    public async Task InitializeAsync()
    {
        _channel = GrpcChannel.ForAddress(await StartServerAsync());
        _client = new Prober.ProberClient(_channel);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await StopServerAsync();
    }

    [Fact]
    public async Task Unary_Echo_ResponseAndOk()
    {
        using var call = _client.UnaryAsync(new Note { Text = "näive", Body = ByteString.CopyFrom(1, 2, 3) });

        var response = await call.ResponseAsync.WithinAsync("the response");

        Assert.Equal(("näive", 3), (response.Text, response.Number));
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
    public async Task ServerStreaming_FailsAfterTwo_TwoThenStatusEveryTime()
    {
        using var call = _client.Down(new Note { Text = "fail", Number = 2 });

        Assert.True(await call.ResponseStream.MoveNext().WithinAsync("the first"));
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync("the second"));
        for (var i = 0; i < 2; i++)
        {
            var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WithinAsync("the end"));
            Assert.Equal((StatusCode.Aborted, "after the messages"), (e.StatusCode, e.Status.Detail));
        }
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
    public async Task ClientStreaming_RefusedEarly_WritesFailWithTheStatus()
    {
        using var call = _client.Up();
        await call.RequestStream.WriteAsync(new Note { Text = "enough" });
        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync("the status"));
        Assert.Equal((StatusCode.ResourceExhausted, "enough"), (e.StatusCode, e.Status.Detail));

        e = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new Note { Text = "more" }).WithinAsync("the write"));
        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
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
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new Note()));
    }

    [Fact]
    public async Task Duplex_NothingWritten_ServerSeesTheCall()
    {
        using var call = _client.Both();

        Assert.StartsWith("opened", await NextEventAsync("the call at the server"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Duplex_MessagesOfAMebibyte_ArriveWhole()
    {
        var body = ByteString.CopyFrom(Enumerable.Range(0, 1 << 20).Select(i => (byte)(i * 7)).ToArray());
        using var call = _client.Both();
        for (var i = 0; i < 5; i++)
        {
            var write = call.RequestStream.WriteAsync(new Note { Body = body });
            Assert.True(await call.ResponseStream.MoveNext().WithinAsync("the echo"));
            await write.WithinAsync("the write");
            Assert.Equal(body, call.ResponseStream.Current.Body);
        }
    }

    [Theory]
    [InlineData("kadeploy.probe.Prober", "Nothing")]
    [InlineData("no.such.Service", "Unary")]
    public async Task Unknown_Called_Unimplemented(string service, string name)
    {
        var method = Hostile.Method(service, name);

        using var call = _channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(), new Note());

        Assert.Equal(StatusCode.Unimplemented, (await FailureOf(call.ResponseAsync)).StatusCode);
    }

    [Fact]
    public async Task Handler_Fails_StatusTextAndTrailersArrive()
    {
        using var call = _client.UnaryAsync(new Note { Text = "fail" });

        var e = await FailureOf(call.ResponseAsync);

        Assert.Equal((StatusCode.FailedPrecondition, "größer als 100 % – 駄目"), (e.StatusCode, e.Status.Detail));
        Assert.Equal("told-to", e.Trailers.GetValue("reason"));
        Assert.Equal([0, 255], e.Trailers.GetValueBytes("detail-bin")!);
        Assert.Equal("told-to", call.GetTrailers().GetValue("reason"));
    }

    [Fact]
    public async Task Handler_Crashes_Unknown() => Assert.Equal(StatusCode.Unknown, (await FailureOf(_client.UnaryAsync(new Note { Text = "crash" }).ResponseAsync)).StatusCode);

    [Fact]
    public async Task Metadata_TextAndBytes_ThereAndBackInHeadersAndTrailers()
    {
        var sent = new Metadata { { "Probe", "a" }, { "probe", "b, c" }, { "probe-bin", [0, 1, 255] } };
        using var call = _client.UnaryAsync(new Note { Text = "metadata" }, sent);

        var headers = await call.ResponseHeadersAsync.WithinAsync("the headers");
        await call.ResponseAsync.WithinAsync("the response");

        foreach (var received in new[] { headers, call.GetTrailers() })
        {
            // Values of one name may be joined on the way (PROTOCOL-HTTP2.md); HttpClient does.
            Assert.Equal("a, b, c", string.Join(", ", received.GetAll("probe").Select(entry => entry.Value)));
            Assert.Equal([0, 1, 255], received.GetValueBytes("probe-bin"));
        }
    }

    [Fact]
    public async Task Deadline_Far_ServerKnowsIt()
    {
        var response = await _client.UnaryAsync(new Note { Text = "timeout" }, deadline: DateTime.UtcNow.AddMinutes(10)).ResponseAsync.WithinAsync("the response");

        Assert.InRange(response.Number, 500_000, 600_000);
    }

    [Fact]
    public async Task Deadline_Passes_BothSidesEndTheCall()
    {
        using var call = _client.UnaryAsync(new Note { Text = "wait" }, deadline: DateTime.UtcNow.AddSeconds(4)); // not before the handler has it

        Assert.Equal(StatusCode.DeadlineExceeded, (await FailureOf(call.ResponseAsync)).StatusCode);
        Assert.Equal("waiting", await NextEventAsync("the handler"));
        Assert.Equal("cancelled", await NextEventAsync("the handler's cancellation"));
    }

    [Fact]
    public async Task Deadline_PassedAlready_NothingIsSent() => Assert.Equal(
        StatusCode.DeadlineExceeded,
        (await FailureOf(_client.UnaryAsync(new Note { Text = "wait" }, deadline: DateTime.UtcNow.AddSeconds(-1)).ResponseAsync)).StatusCode);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_CancelsOrDisposes_HandlerIsCancelled(bool dispose)
    {
        using var cancel = new CancellationTokenSource();
        var call = _client.UnaryAsync(new Note { Text = "wait" }, cancellationToken: cancel.Token);
        Assert.Equal("waiting", await NextEventAsync("the handler"));

        if (dispose)
            call.Dispose();
        else
            await cancel.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await FailureOf(call.ResponseAsync)).StatusCode);
        Assert.Equal("cancelled", await NextEventAsync("the handler's cancellation"));
    }

    [Fact]
    public async Task Client_CancelsARead_StreamEndsOnBothSides()
    {
        using var call = _client.Both();
        Assert.StartsWith("opened", await NextEventAsync("the handler"), StringComparison.Ordinal);
        using var cancel = new CancellationTokenSource();
        var read = call.ResponseStream.MoveNext(cancel.Token);

        await cancel.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await FailureOf(read)).StatusCode);
        Assert.Equal("cancelled", await NextEventAsync("the handler's cancellation"));
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new Note()))).StatusCode);
    }

    [Fact]
    public async Task Response_OverTheLimit_ResourceExhausted()
    {
        var e = await FailureOf(_client.UnaryAsync(new Note { Text = "big", Number = 5 * 1024 * 1024 }).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        Assert.Contains("limit of 4194304", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_OverTheServersLimit_ResourceExhausted() => Assert.Equal(
        StatusCode.ResourceExhausted,
        (await FailureOf(_client.UnaryAsync(new Note { Body = ByteString.CopyFrom(new byte[5 * 1024 * 1024]) }).ResponseAsync)).StatusCode);

    private protected abstract Task<Uri> StartServerAsync();

    private protected abstract Task StopServerAsync();

    private protected abstract Task<string> NextEventAsync(string what);

    private static Task<RpcException> FailureOf<T>(Task<T> call) => Assert.ThrowsAsync<RpcException>(() => call.WithinAsync("the call to fail"));
}
