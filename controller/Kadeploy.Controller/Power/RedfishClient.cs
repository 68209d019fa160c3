using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Kadeploy.Controller.Configuration;

namespace Kadeploy.Controller.Power;

/// <summary>Requests to Redfish services: HTTPS with basic authentication, which every service must offer (DSP0266, 13.3.1), and one connection for each.</summary>
internal sealed class RedfishClient : IDisposable
{
    private const int MostBytes = 1 << 20;

    private readonly RedfishConfiguration _configuration;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public RedfishClient(RedfishConfiguration configuration, TimeProvider time)
    {
        (_configuration, _time) = (configuration, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // the password goes to the address that was registered, and to no other
            UseProxy = false,
            UseCookies = false,
            MaxConnectionsPerServer = 1,
            ConnectTimeout = configuration.Timeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15), // long enough for one reboot's commands, and then the BMC is others'
            SslOptions = new SslClientAuthenticationOptions
            {
                // BMCs come with certificates of their own making: a site that has not replaced them says so in its configuration.
#pragma warning disable CA5359 // That is what the site has asked for.
                RemoteCertificateValidationCallback = configuration.VerifyCertificates ? null : static (_, _, _, _) => true,
#pragma warning restore CA5359
            },
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MostBytes,
        };
    }

    /// <summary>How long a power state may take to follow its command.</summary>
    public TimeSpan Patience => 3 * _configuration.Timeout;

    /// <exception cref="RedfishRefusedException">It did not work.</exception>
    public Task<RedfishAnswer> GetAsync(PowerTarget target, string path, CancellationToken cancellationToken) =>
        SendAsync(target, HttpMethod.Get, path, null, null, cancellationToken);

    /// <exception cref="RedfishRefusedException">It did not work.</exception>
    public Task PostAsync(PowerTarget target, string path, string body, CancellationToken cancellationToken) =>
        SendAsync(target, HttpMethod.Post, path, body, null, cancellationToken);

    /// <exception cref="RedfishRefusedException">It did not work.</exception>
    public Task PatchAsync(PowerTarget target, string path, string? etag, string body, CancellationToken cancellationToken) =>
        SendAsync(target, HttpMethod.Patch, path, body, etag, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<RedfishAnswer> SendAsync(
        PowerTarget target, HttpMethod method, string path, string? body, string? etag, CancellationToken cancellationToken)
    {
        var bmc = target.Node.Bmc!;
        for (var left = _configuration.Retries; ; left--)
        {
            using var limit = new CancellationTokenSource(_configuration.Timeout, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                using var request = new HttpRequestMessage(method, new UriBuilder("https", bmc.Host, bmc.Port, path).Uri);
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{bmc.User}:{target.Password}")));
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
                request.Headers.Add("OData-Version", "4.0");
                if (body is not null)
                    request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                if (etag is not null)
                    request.Headers.TryAddWithoutValidation("If-Match", etag);
                using var response = await _http.SendAsync(request, both.Token);
                if (response.StatusCode == HttpStatusCode.ServiceUnavailable && left > 0)
                {
                    await Task.Delay(response.Headers.RetryAfter?.Delta is { } wait && wait < _configuration.Timeout ? wait : TimeSpan.FromSeconds(1), _time, both.Token);
                    continue;
                }
                return await ReadAsync(response, method, path, bmc.User, both.Token);
            }
            catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
            {
                throw new RedfishRefusedException(
                    "bmc-certificate", $"the certificate of {bmc.Host}:{bmc.Port} is not trusted: replace it, or set redfish.verifyCertificates to false");
            }
            catch (HttpRequestException) when (left > 0)
            {
            }
            catch (HttpRequestException e)
            {
                throw new RedfishRefusedException("bmc-unreachable", $"{bmc.Host}:{bmc.Port} does not answer ({e.Message})");
            }
            // A command that may have been carried out is not sent again: its effect is looked at instead, by the next try of the step.
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && (left == 0 || method != HttpMethod.Get))
            {
                throw new RedfishRefusedException("bmc-unreachable", $"{bmc.Host}:{bmc.Port} did not answer {method} {path} within {_configuration.Timeout.TotalSeconds:0} s");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
            }
        }
    }

    private static async Task<RedfishAnswer> ReadAsync(HttpResponseMessage response, HttpMethod method, string path, string user, CancellationToken cancellationToken)
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw new RedfishRefusedException("bmc-auth", $"it refused user '{user}' or the password for {method} {path}");
        if (!response.IsSuccessStatusCode)
            throw new RedfishRefusedException("bmc-refused", $"it answered {method} {path} with {(int)response.StatusCode}{MessageIn(bytes)}");
        if (method != HttpMethod.Get)
            return new RedfishAnswer(default, null);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RedfishAnswer(document.RootElement.Clone(), response.Headers.ETag?.ToString())
                : throw new RedfishRefusedException("bmc-refused", $"its answer to {path} is no JSON object");
        }
        catch (JsonException)
        {
            throw new RedfishRefusedException("bmc-refused", $"its answer to {path} is not JSON");
        }
    }

    // DSP0266, 8.6: what went wrong stands in extended information.
    private static string MessageIn(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.TryGetProperty("error", out var error) && error.TryGetProperty("@Message.ExtendedInfo", out var info)
                && info.ValueKind == JsonValueKind.Array && info.GetArrayLength() > 0 && info[0].TryGetProperty("Message", out var message)
                ? $": {message.GetString()}"
                : "";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "";
        }
    }
}
