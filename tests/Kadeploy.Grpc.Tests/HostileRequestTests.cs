using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Kadeploy.Grpc.Tests.Probe;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kadeploy.Grpc.Tests;

/// <summary>Requests that no gRPC library makes: each gets an answer of its own, and the server goes on.</summary>
public sealed class HostileRequestTests : IAsyncLifetime, IDisposable
{
    private static readonly byte[] Hello = Hostile.Frame(0, 7, [0x0a, 5, .. "hello"u8]);

    private readonly HttpClient _http = new(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { Timeout = TimeSpan.FromSeconds(60) };
    private ProbeServer _server = null!;

    public async Task InitializeAsync() => _server = await ProbeServer.StartAsync(app =>
    {
        app.MapPost("/rest/{name}", (string name) => $"rest {name}");
        app.MapGet("/read-only", () => "");
    });

    public async Task DisposeAsync()
    {
        Assert.Equal("0", await GrpcStatusAsync(await PostAsync(Hello)));
        await _server.DisposeAsync();
    }

    public void Dispose() => _http.Dispose();

    public static TheoryData<string, byte[], string, string> Bodies => new()
    {
        { "no message", [], "12", "no request" },
        { "two messages", [.. Hello, .. Hello], "12", "more than one" },
        { "half a prefix", [0, 0, 0], "13", "middle of a message" },
        { "half a message", Hello[..^2], "13", "middle of a message" },
        { "prefix only", Hostile.Frame(0, 100), "13", "middle of a message" },
        { "4 GiB announced", Hostile.Frame(0, uint.MaxValue, 1, 2, 3), "8", "4294967295 bytes" },
        { "2 GiB announced", Hostile.Frame(0, 0x80000000), "8", "2147483648 bytes" },
        { "one byte over the limit", Hostile.Frame(0, (4 << 20) + 1), "8", "limit of 4194304" },
        { "compressed without encoding", Hostile.Frame(1, 1, 0), "13", "names no compression" },
        { "flag 2", Hostile.Frame(2, 1, 0), "13", "Compressed-Flag is 2" },
        { "not protobuf", Hostile.Frame(0, 3, 0xff, 0xff, 0xff), "13", "cannot be read as Note" },
        { "text", "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), "13", "Compressed-Flag is 71" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_IsBroken_StatusSaysHow(string what, byte[] body, string status, string message)
    {
        using var response = await PostAsync(body);

        Assert.True(response.StatusCode == HttpStatusCode.OK, what);
        Assert.Equal(status, await GrpcStatusAsync(response));
        Assert.Contains(message, Header(response, "grpc-message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/grpc", HttpStatusCode.OK)]
    [InlineData("application/grpc+proto", HttpStatusCode.OK)]
    [InlineData("application/grpc; charset=utf-8", HttpStatusCode.OK)]
    [InlineData("application/grpc-web", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(null, HttpStatusCode.UnsupportedMediaType)]
    public async Task ContentType_Given_AcceptedOnlyIfGrpc(string? contentType, HttpStatusCode status)
    {
        using var response = await PostAsync(Hello, contentType: contentType);

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    [InlineData("1 S")]
    [InlineData("10x")]
    public async Task Timeout_Malformed_Internal(string timeout)
    {
        using var response = await PostAsync(Hello, headers: [("grpc-timeout", timeout)]);

        Assert.Equal("13", await GrpcStatusAsync(response));
    }

    [Fact]
    public async Task Timeout_LongestThereIs_IsNoError()
    {
        using var response = await PostAsync(Hello, headers: [("grpc-timeout", "99999999H")]);

        Assert.Equal("0", await GrpcStatusAsync(response));
    }

    [Theory]
    [InlineData("wait")]
    [InlineData("deaf")]
    public async Task Timeout_Passes_ServerAnswersByItself(string text)
    {
        var note = new Note { Text = text }.ToByteArray();
        using var response = await PostAsync(Hostile.Frame(0, (uint)note.Length, note), headers: [("grpc-timeout", "300m")]);

        Assert.Equal("4", await GrpcStatusAsync(response));
        _server.Service.Release.SetResult();
    }

    [Fact]
    public async Task Timeout_PassesWhileAMessageIsHalfSent_StreamIsReset()
    {
        var note = new Note { Number = 200, Body = ByteString.CopyFrom(new byte[64 * 1024]) }.ToByteArray();
        using var request = Request(Hostile.Frame(0, (uint)note.Length, note), "/kadeploy.probe.Prober/Down", "application/grpc", ("grpc-timeout", "4S")); // not before some of it was sent
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        while (await _server.Service.NextEventAsync("the write to be given up") != "write cancelled")
        {
        }

        var e = await Assert.ThrowsAsync<HttpRequestException>(response.Content.ReadAsByteArrayAsync);

        Assert.Equal(8, Assert.IsType<HttpProtocolException>(e.InnerException).ErrorCode); // CANCEL
    }

    [Fact]
    public async Task Metadata_Malformed_DroppedNotRefused()
    {
        // The handler sends what it has got back.
        using var response = await PostAsync(Hostile.Frame(0, 10, [0x0a, 8, .. "metadata"u8]), headers: [("probe-bin", "!!!"), ("x!y", "z"), ("grpc-foo", "bar"), ("probe", "größe")]);

        Assert.Equal("0", await GrpcStatusAsync(response));
    }

    [Fact]
    public async Task Get_OnAMethod_NotAllowed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Address, "/kadeploy.probe.Prober/Unary"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await _http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/a")]
    [InlineData("/a/b/c")]
    [InlineData("/kadeploy.probe.Prober/unary/")]
    public async Task Path_Unknown_Unimplemented(string path)
    {
        using var response = await PostAsync(Hello, path: path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("12", await GrpcStatusAsync(response));
    }

    [Theory]
    [InlineData("/rest/a", HttpStatusCode.OK)]
    [InlineData("/rest/a/b", HttpStatusCode.NotFound)]
    [InlineData("/read-only", HttpStatusCode.NotFound)] // 405 without gRPC in the application: docs/decisions/0001
    public async Task OtherEndpoints_SameApplication_AreLeftAlone(string path, HttpStatusCode status)
    {
        using var response = await PostAsync([], path: path, contentType: "application/json");

        Assert.Equal(status, response.StatusCode);
        Assert.False(response.Headers.Contains("grpc-status"));
    }

    [Fact]
    public async Task Http11_OnAMethod_UpgradeRequired()
    {
        await using var server = await ProbeServer.StartAsync(protocols: HttpProtocols.Http1);
        using var content = new ByteArrayContent(Hello) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } };
        using var response = await _http.PostAsync(new Uri(server.Address, "/kadeploy.probe.Prober/Unary"), content);

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    private async Task<HttpResponseMessage> PostAsync(
        byte[] body, string path = "/kadeploy.probe.Prober/Unary", string? contentType = "application/grpc", params (string Name, string Value)[] headers)
    {
        using var request = Request(body, path, contentType, headers);
        return await _http.SendAsync(request);
    }

    private HttpRequestMessage Request(byte[] body, string path, string? contentType, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        if (contentType is not null)
            request.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static async Task<string> GrpcStatusAsync(HttpResponseMessage response)
    {
        await response.Content.ReadAsByteArrayAsync();
        return Header(response, "grpc-status");
    }

    private static string Header(HttpResponseMessage response, string name) =>
        (response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values) ? values : []).SingleOrDefault() ?? "none";
}
