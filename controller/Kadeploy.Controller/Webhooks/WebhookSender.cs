using System.Security.Cryptography;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Webhooks;

/// <summary>Tells the ends of operations: a POST with the operation's summary, again with growing pauses until it is answered with 2xx, for about a day.</summary>
internal sealed partial class WebhookSender(
    WebhookOutbox outbox, DeploymentEngine engine, DeploymentJournal journal, ControllerConfiguration configuration, TimeProvider time, IHostApplicationLifetime lifetime,
    ILogger<WebhookSender> log) : Loop(lifetime, log)
{
    /// <summary>Header with <c>sha256=</c> and the HMAC of the body in hexadecimal.</summary>
    public const string SignatureHeader = "Kadeploy-Signature";

    // 10 s, 20 s, 40 s … : the thirteenth comes after some 23 hours.
    private const int MostTries = 13;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        outbox.Keep(configuration.Webhooks.Select(hook => hook.Url.AbsoluteUri));
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = Answer };
        // Each by itself: who is slow to answer, or not there, keeps nobody else waiting.
        await await Task.WhenAny([Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken), .. configuration.Webhooks.Select(hook => ServeAsync(client, hook, stoppingToken))]);
    }

    private async Task ServeAsync(HttpClient client, WebhookConfiguration hook, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var filled = outbox.Filled;
            var letter = outbox.First(hook.Url.AbsoluteUri);
            var wait = letter is null ? Longest : letter.DueAt - time.GetUtcNow();
            if (letter is not null && wait <= TimeSpan.Zero)
            {
                await DeliverAsync(client, hook, letter, stoppingToken);
                continue;
            }
            using var woken = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(Task.Delay(wait < Longest ? wait : Longest, time, woken.Token), filled);
            await woken.CancelAsync();
        }
    }

    private async Task DeliverAsync(HttpClient client, WebhookConfiguration hook, WebhookOutbox.Letter letter, CancellationToken cancellationToken)
    {
        if (DeploymentEndpoints.Find(letter.Deployment, engine, journal) is not { } ended)
        {
            // Nothing is left to tell.
            outbox.Delivered(letter);
            return;
        }
        var why = await TryAsync(client, hook, JsonSerializer.SerializeToUtf8Bytes(DeploymentMapping.ToSummary(ended), ApiJson.Default.DeploymentSummary), cancellationToken);
        if (why is null || letter.Tries + 1 >= MostTries)
        {
            outbox.Delivered(letter);
            if (why is not null)
                GivenUp(log, letter.Deployment, letter.Url, MostTries, why);
            return;
        }
        outbox.Later(letter, time.GetUtcNow() + (FirstPause * Math.Pow(2, letter.Tries)));
        Failed(log, letter.Deployment, letter.Url, why);
    }

    private static async Task<string?> TryAsync(HttpClient client, WebhookConfiguration hook, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, hook.Url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            if (hook.SecretFile is { } file)
                request.Headers.Add(SignatureHeader, "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData((await File.ReadAllBytesAsync(file, cancellationToken)).AsSpan().TrimEnd("\r\n"u8), body)));
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.IsSuccessStatusCode ? null : $"HTTP {(int)response.StatusCode}";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return e.Message;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Deployment}: its end could not be told to {Url}, tried again later: {Why}")]
    private static partial void Failed(ILogger log, string deployment, string url, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Deployment}: its end could not be told to {Url} in {Tries} tries, given up: {Why}")]
    private static partial void GivenUp(ILogger log, string deployment, string url, int tries, string why);
}
