using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Kadeploy.Controller.Tests.Api;

public sealed class WebhookTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<(string Body, string? Signature)> _told = new();
    private WebApplication _listener = null!;
    private int _status = 204;
    private Action _heard = () => { };

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _listener = builder.Build();
        _listener.Run(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            _heard();
            _told.Enqueue((await reader.ReadToEndAsync(), http.Request.Headers["Kadeploy-Signature"]));
            http.Response.StatusCode = Volatile.Read(ref _status);
        });
        await _listener.StartAsync();
    }

    public async Task DisposeAsync() => await _listener.DisposeAsync();

    [Fact]
    public async Task End_OfADeployment_IsToldOnceAndSigned()
    {
        using var folder = new TemporaryFolder();
        var secret = folder.WriteSecret("secret", "s3cret\n");
        await using var controller = await TestController.StartAsync($"webhooks: [{{url: \"{_listener.Urls.Single()}/ends\", secretFile: {secret}}}]");
        var id = await EndOneAsync(controller);

        // What was told is taken out when it was answered: nothing is left to be told again.
        await Eventually.TrueAsync(() => !_told.IsEmpty && Untold(controller).Length == 0, "the webhook");

        var (body, signature) = Assert.Single(_told);
        var summary = JsonSerializer.Deserialize(body, ApiJson.Default.DeploymentSummary)!;
        Assert.Equal((id, "node-1", DeploymentState.Cancelled), (summary.Id, summary.Nodes, summary.State));
        Assert.Equal("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("s3cret"u8, Encoding.UTF8.GetBytes(body))), signature);
    }

    [Fact]
    public async Task End_WhileNobodyListens_IsToldAfterARestart()
    {
        Volatile.Write(ref _status, 503);
        var yaml = $"webhooks: [{{url: \"{_listener.Urls.Single()}/ends\"}}]";
        var controller = await TestController.StartAsync(yaml);
        await EndOneAsync(controller);
        await Eventually.TrueAsync(() => !_told.IsEmpty, "the first try");
        Volatile.Write(ref _status, 200);
        await using var again = await controller.RestartAsync(yaml);
        await Eventually.TrueAsync(() => Untold(again).Length == 0, "a try that is answered well");
        Assert.True(_told.Count > 1, "told once only");
        Assert.Single(_told.Select(t => t.Body).Distinct());
    }

    [Fact]
    public async Task End_WhileOneDoesNotAnswer_IsToldToTheOthers()
    {
        using var held = new TcpListener(IPAddress.Loopback, 0);
        held.Start();
        await using var controller = await TestController.StartAsync($"webhooks: [{{url: \"http://{held.LocalEndpoint}/\"}}, {{url: \"{_listener.Urls.Single()}/ends\"}}]");
        var heldUrl = $"http://{held.LocalEndpoint}/";
        long? tries = null;
        _heard = () => tries = Untold(controller).Single(u => u.Url == heldUrl).Tries;
        await EndOneAsync(controller);
        // It was asked first, takes the connection, and never says a word.
        using var asked = await held.AcceptTcpClientAsync().DoneAsync("the webhook that never answers to be asked");

        // Its row goes after its answer was read; the other one's stays, and was in its first try when this one was told.
        await Eventually.TrueAsync(() => Untold(controller) is [{ Url: var left }] && left == heldUrl, "the webhook that answers to be told, and its row to go");
        Assert.Equal(0, tries);
        Assert.Single(_told);
    }

    private static (string Url, long Tries)[] Untold(TestController controller) => controller.Service<Database>().Read(
        connection => connection.Query<(string, long)>("SELECT url, tries FROM webhook_outbox").ToArray());

    private static async Task<string> EndOneAsync(TestController controller)
    {
        await controller.AddEnvironmentAsync();
        await controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        var (_, id, _) = await controller.DeployAsync(new StartDeployment("tiny", "node-1"));
        await controller.SendAsync(HttpMethod.Post, $"/v1/deployments/{id}/cancel", null, ApiJson.Default.Problem);
        await controller.EndOfAsync(id!);
        return id!;
    }
}
