using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kadeploy.Api;
using Kadeploy.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kadeploy.Cli.Tests.Support;

/// <summary>A controller that answers what the test says, over a real Kestrel on loopback, and remembers what it was asked.</summary>
internal sealed class FakeController : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = new();
    private readonly ConcurrentQueue<Asked> _asked = new();
    // Its own, so that its port is still free when it comes back.
    private readonly IPAddress _address = OwnAddress.Next();
    private WebApplication _app;
    private int _port;

    private readonly X509Certificate2? _certificate;

    private FakeController(bool tls)
    {
        if (tls)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            _certificate = new CertificateRequest("CN=fake", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        }

        _app = Build(0);
    }

    public string Fingerprint => _certificate!.GetCertHashString(HashAlgorithmName.SHA256);

    public sealed record Asked(string Line, string Body, string? LastEventId, string? Authorization);

    public IReadOnlyList<Asked> Requests => [.. _asked];

    public string Address => $"{(_certificate is null ? "http" : "https")}://{_address}:{_port}";

    public static async Task<FakeController> StartAsync(bool tls = false)
    {
        var fake = new FakeController(tls);
        await fake._app.StartAsync();
        fake._port = new Uri(fake._app.Urls.Single()).Port;
        return fake;
    }

    /// <summary>Answers what no line of its own does.</summary>
    public Func<HttpContext, Task>? Otherwise { get; set; }

    /// <param name="line">Method, path and query: <c>GET /v1/nodes?set=a</c>.</param>
    public FakeController On(string line, Func<HttpContext, Task> answer)
    {
        _answers[line] = answer;
        return this;
    }

    public FakeController On(string line, int status, string json = "") => On(line, async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = status >= 400 ? Problem.MediaType : "application/json";
        await context.Response.WriteAsync(json);
    });

    public FakeController On<T>(string line, T value, JsonTypeInfo<T> type, int status = 200) => On(line, status, JsonSerializer.Serialize(value, type));

    public FakeController Refuse(string line, Problem problem) => On(line, problem, ApiJson.Default.Problem, problem.Status);

    /// <summary>Goes away in the middle of whatever it was answering.</summary>
    public async Task KillAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    /// <summary>Comes back on the same port, as a restarted controller does.</summary>
    public async Task RestartAsync()
    {
        _app = Build(_port);
        await _app.StartAsync();
    }

    /// <summary>Waits until a request was made; the test fails with what was asked instead.</summary>
    public async Task WaitForAsync(string line)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (!_asked.Any(a => a.Line == line))
        {
            if (deadline.IsCancellationRequested)
                Assert.Fail($"waited 90 s for '{line}'; asked was: {string.Join("; ", _asked.Select(a => a.Line))}");
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private WebApplication Build(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        if (_certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(_address, port, listen =>
        {
            if (_certificate is not null)
                listen.UseHttps(_certificate);
        }));
        var app = builder.Build();
        app.Run(AnswerAsync);
        return app;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var line = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}";
        _asked.Enqueue(new Asked(line, body, context.Request.Headers["Last-Event-ID"], context.Request.Headers.Authorization));
        if (_answers.TryGetValue(line, out var answer))
        {
            await answer(context);
            return;
        }

        if (Otherwise is { } otherwise)
        {
            await otherwise(context);
            return;
        }

        context.Response.StatusCode = 404;
        context.Response.ContentType = Problem.MediaType;
        await context.Response.WriteAsync(JsonSerializer.Serialize(
            new Problem("urn:kadeploy:no-canned-answer", "Not found", 404, $"the test has no answer for '{line}'"), ApiJson.Default.Problem));
    }
}
