using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Kadeploy.Grpc.Tests.Probe;
using Kadeploy.TestSupport;

namespace Kadeploy.Grpc.Tests;

/// <summary>Good calls, changed at random: each is answered with a status, none with a failure of the server, and a good call still works.</summary>
public sealed class FuzzTests : IAsyncLifetime, IDisposable
{
    private static readonly string[] Methods = ["Unary", "Up", "Down", "Duplex"];

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private ProbeServer _server = null!;

    public async Task InitializeAsync() => _server = await ProbeServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Body_Mutated_IsAnsweredWithAStatus()
    {
        var note = new Note { Text = "hello", Number = 3, Body = ByteString.CopyFrom(1, 2, 3) }.ToByteArray();
        var good = Hostile.Frame(0, (uint)note.Length, note);
        for (var seed = 0; seed < Fuzz.Cases(400); seed++)
        {
            var fuzz = new Fuzz(seed);
            var (http, status) = await PostAsync(Methods[seed % Methods.Length], fuzz.Mutate(good), fuzz.Random.Next(4) == 0 ? fuzz.Mutate("5S") : null);
            Assert.True(http == HttpStatusCode.OK, $"seed {seed}: HTTP {http}");
            Assert.True(status.Length > 0 && status.All(char.IsAsciiDigit) && status != "2", $"seed {seed}: grpc-status '{status}'");
        }
        Assert.Equal((HttpStatusCode.OK, "0"), await PostAsync("Unary", good, null));
    }

    private async Task<(HttpStatusCode Http, string Status)> PostAsync(string method, byte[] body, string? timeout)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Address, $"/kadeploy.probe.Prober/{method}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        // A line end is refused by the client already; all else is sent.
        if (timeout is not null && timeout.All(c => c is >= ' ' and < '\x7f'))
            request.Headers.TryAddWithoutValidation("grpc-timeout", timeout);
        using var response = await _http.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        return (response.StatusCode, (response.TrailingHeaders.TryGetValues("grpc-status", out var values) || response.Headers.TryGetValues("grpc-status", out values) ? values : []).SingleOrDefault() ?? "");
    }
}
