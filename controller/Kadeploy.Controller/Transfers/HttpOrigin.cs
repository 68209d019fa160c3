using System.Net;
using System.Net.Http.Headers;

namespace Kadeploy.Controller.Transfers;

/// <summary>An image on a web server or S3-compatible store that serves ranges (RFC 9110, 14). What goes wrong is an <see cref="OriginException"/>.</summary>
internal sealed class HttpOrigin(HttpClient http, Uri address)
{
    /// <summary>Reason of an image that has to be fetched as a whole.</summary>
    public const string IgnoresRanges = "origin-ignores-ranges";

    /// <summary>The address without its query, which may hold a signature.</summary>
    public string Name { get; } = address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Whether a place of an image is on the web.</summary>
    public static bool Is(string place) =>
        place.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || place.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>A client for images: as they are, without a proxy of the environment, and not for ever.</summary>
    public static HttpClient MakeClient() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        MaxAutomaticRedirections = 5,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>What the server says of the image now, for the price of one byte.</summary>
    public async Task<OriginFacts> ProbeAsync(CancellationToken cancellationToken)
    {
        var (response, facts) = await AskAsync(new RangeItemHeaderValue(0, 0), 0, cancellationToken);
        response.Dispose();
        return facts;
    }

    /// <summary>The image from an offset on. The caller disposes of the response.</summary>
    public Task<(HttpResponseMessage Response, OriginFacts Facts)> OpenAsync(long from, CancellationToken cancellationToken) =>
        AskAsync(new RangeItemHeaderValue(from, null), from, cancellationToken);

    private async Task<(HttpResponseMessage, OriginFacts)> AskAsync(RangeItemHeaderValue range, long from, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Range = new RangeHeaderValue { Ranges = { range } } } };
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw e.HttpRequestError == HttpRequestError.SecureConnectionError
                ? new OriginException("origin-tls", $"{Name}: no secure connection: {e.InnerException?.Message ?? e.Message}")
                : new OriginException("origin-unreachable", $"{Name}: {e.Message}", again: true);
        }
        try
        {
            return (response, FactsOf(response, from));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private OriginFacts FactsOf(HttpResponseMessage response, long from)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent:
                break;
            case HttpStatusCode.OK:
                throw new OriginException(IgnoresRanges, $"{Name}: the server ignores ranges, so a transfer that was cut off could not go on where it was");
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                throw from == 0
                    ? new OriginException("image-empty", $"{Name} is empty")
                    : new OriginException("origin-wrong-length", $"{Name}: the server has no byte {from}, and said before that there were more");
            case HttpStatusCode.NotFound or HttpStatusCode.Gone:
                throw new OriginException("image-missing", $"{Name}: not there (HTTP {(int)response.StatusCode})");
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                throw new OriginException("image-forbidden", $"{Name}: the server does not give it to us (HTTP {(int)response.StatusCode})");
            case HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                throw new OriginException("origin-unreachable", $"{Name}: HTTP {(int)response.StatusCode}", again: true);
            default:
                throw new OriginException("origin-refused", $"{Name}: HTTP {(int)response.StatusCode}");
        }
        var range = response.Content.Headers.ContentRange;
        if (range is not { Unit: "bytes", From: { } start, Length: { } length } || start != from)
            throw new OriginException("origin-wrong-range", $"{Name}: asked for the bytes from {from} on, the server gives '{range}'");
        var tag = response.Headers.ETag?.ToString() ?? response.Content.Headers.LastModified?.ToString("R") ?? "";
        return new OriginFacts(length, tag);
    }
}
