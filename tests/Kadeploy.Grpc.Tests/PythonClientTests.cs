using System.Text.Json;

namespace Kadeploy.Grpc.Tests;

/// <summary>grpcio calls our server.</summary>
public sealed class PythonClientTests : IAsyncLifetime
{
    private ProbeServer _server = null!;

    public async Task InitializeAsync() => _server = await ProbeServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Unary_Echo_ResponseAndOk()
    {
        var outcome = await CallAsync("unary", "OK");

        Assert.Equal("[{\"text\": \"n\\u00e4ive\", \"number\": 3, \"length\": 0}]", outcome.GetProperty("messages").GetRawText());
    }

    [Fact]
    public async Task ServerStreaming_Four_FourInOrder() => Assert.Equal([0, 1, 2, 3], Numbers(await CallAsync("down", "OK")));

    [Fact]
    public async Task ServerStreaming_FailsAfterTwo_TwoThenStatus()
    {
        var outcome = await CallAsync("down_fail", "ABORTED");

        Assert.Equal([0, 1], Numbers(outcome));
        Assert.Equal("after the messages", outcome.GetProperty("details").GetString());
    }

    [Fact]
    public async Task ClientStreaming_Three_OneResponse() => Assert.Equal([6], Numbers(await CallAsync("up", "OK")));

    [Fact]
    public async Task ClientStreaming_RefusedEarly_StatusWhileStillSending() =>
        Assert.Equal("enough", (await CallAsync("up_refused", "RESOURCE_EXHAUSTED")).GetProperty("details").GetString());

    [Fact]
    public async Task Duplex_PingPong_EachAnsweredThenHalfClose() => Assert.Equal([1, 2, 3, 4, 5, 0], Numbers(await CallAsync("both", "OK")));

    [Theory]
    [InlineData("unknown_method", "There is no method /kadeploy.probe.Prober/Nothing.")]
    [InlineData("unknown_service", "There is no method /no.such.Service/Unary.")]
    public async Task Unknown_Called_Unimplemented(string scenario, string details) =>
        Assert.Equal(details, (await CallAsync(scenario, "UNIMPLEMENTED")).GetProperty("details").GetString());

    [Fact]
    public async Task Handler_ThrowsRpcException_StatusTextAndTrailersArrive()
    {
        var outcome = await CallAsync("fail", "FAILED_PRECONDITION");

        Assert.Equal("größer als 100 % – 駄目", outcome.GetProperty("details").GetString());
        var trailers = outcome.GetProperty("trailers").EnumerateArray().Select(pair => pair.GetRawText()).ToList();
        Assert.Contains("[\"reason\", \"told-to\"]", trailers);
        Assert.Contains("[\"detail-bin\", [0, 255]]", trailers);
    }

    [Fact]
    public async Task Handler_Crashes_UnknownAndNoSecret() =>
        Assert.Equal("The handler failed.", (await CallAsync("crash", "UNKNOWN")).GetProperty("details").GetString());

    [Fact]
    public async Task Metadata_TextAndBytes_ThereAndBackInHeadersAndTrailers()
    {
        var outcome = await CallAsync("metadata", "OK");

        foreach (var part in new[] { "headers", "trailers" })
        {
            var pairs = outcome.GetProperty(part).EnumerateArray().Select(pair => pair.GetRawText()).ToList();
            Assert.Contains("[\"probe-bin\", [0, 1, 255]]", pairs);
            Assert.Equal(["[\"probe\", \"a\"]", "[\"probe\", \"b, c\"]"], pairs.Where(pair => pair.StartsWith("[\"probe\"", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("deadline")]
    [InlineData("deadline_deaf")]
    public async Task Deadline_Passes_ClientIsToldInTime(string scenario)
    {
        var outcome = await CallAsync(scenario, "DEADLINE_EXCEEDED");
        _server.Service.Release.SetResult();

        Assert.InRange(outcome.GetProperty("seconds").GetDouble(), 0.3, 30);
    }

    [Fact]
    public async Task Deadline_Passes_HandlerIsCancelled()
    {
        await CallAsync("deadline", "DEADLINE_EXCEEDED");

        Assert.Equal("waiting", await _server.Service.NextEventAsync("the handler"));
        Assert.Equal("cancelled", await _server.Service.NextEventAsync("the handler's token"));
    }

    [Fact]
    public async Task Client_Cancels_HandlerIsCancelled()
    {
        await using var client = PythonPeer.Call(_server.Address, "cancel");
        Assert.Equal("open", await client.NextLineAsync("that the call is open"));
        Assert.Equal("waiting", await _server.Service.NextEventAsync("the handler"));

        await client.TellAsync("cancel");

        Assert.Equal("cancelled", await _server.Service.NextEventAsync("the handler's token"));
    }

    [Fact]
    public async Task Client_Killed_HandlerIsCancelled()
    {
        await using (var client = PythonPeer.Call(_server.Address, "stay"))
        {
            Assert.Equal("open", await client.NextLineAsync("that the call is open"));
            Assert.StartsWith("opened", await _server.Service.NextEventAsync("the handler"), StringComparison.Ordinal);
        }

        Assert.Equal("cancelled", await _server.Service.NextEventAsync("the handler's token"));
    }

    [Fact]
    public async Task Message_OverTheLimit_ResourceExhausted() =>
        Assert.Contains("larger than the limit of 4194304", (await CallAsync("too_big", "RESOURCE_EXHAUSTED")).GetProperty("details").GetString(), StringComparison.Ordinal);

    [Fact]
    public async Task Message_OfThreeMebibytes_ThereAndBack() =>
        Assert.Equal(3 * 1024 * 1024, (await CallAsync("big", "OK")).GetProperty("messages")[0].GetProperty("length").GetInt32());

    [Fact]
    public async Task Message_Compressed_UnimplementedNamesTheEncoding() =>
        Assert.Contains("'gzip'", (await CallAsync("gzip", "UNIMPLEMENTED")).GetProperty("details").GetString(), StringComparison.Ordinal);

    private static IEnumerable<int> Numbers(JsonElement outcome) =>
        outcome.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("number").GetInt32());

    private async Task<JsonElement> CallAsync(string scenario, string code)
    {
        var outcome = await PythonPeer.CallAsync(_server.Address, scenario);
        Assert.True(code == outcome.GetProperty("code").GetString(), $"expected {code}: {outcome.GetRawText()}");
        return outcome;
    }
}
