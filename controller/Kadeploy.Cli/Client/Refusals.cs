using System.Net.Sockets;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Client;

/// <summary>Turns what came instead of an answer into one line that says what to do.</summary>
internal static class Refusals
{
    // A refusal may name every node of the largest set.
    private const int Longest = 4 * 1024 * 1024;

    /// <summary>An HTTP status that is no success.</summary>
    public static async Task<Failure> ReadAsync(HttpResponseMessage response, ClientSettings settings, CancellationToken cancel)
    {
        var text = await ReadBoundedAsync(response.Content, cancel);
        var problem = TryParse(text);
        var status = (int)response.StatusCode;
        if (status == 401)
            return Unauthorized(settings, problem);
        if (problem is null)
        {
            var excerpt = Printable.Line(text, 200);
            return new Failure("http-status", $"{settings.Server} answered HTTP {status}{(excerpt.Length > 0 ? ": " + excerpt : "")}");
        }

        return Of(problem);
    }

    /// <summary>What the controller refused.</summary>
    public static Failure Of(Problem problem) => new(problem.Reason, Describe(problem), problem);

    /// <summary>A request that got no answer; null when the exception is not about that.</summary>
    public static Failure? FromTransport(Exception exception, ClientSettings settings, TimeSpan limit, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return null;
        if (exception is OperationCanceledException)
            return new Failure("timeout", $"the controller at {settings.Server} did not answer within {Quantity.Duration(limit.TotalSeconds)}");
        if (exception is not (HttpRequestException or IOException))
            return null;
        if (exception is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError })
            return Unreachable(settings, $"the name {settings.Server.Host} does not resolve");
        if (settings.RefusedCertificate is { } shown && exception is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError })
            return NotTrusted(settings, shown);
        if (exception is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError })
            return Lost(settings, Printable.Line(exception.Message, 200));
        if (Find<SocketException>(exception) is { } socket)
        {
            return Unreachable(settings, socket.SocketErrorCode == SocketError.ConnectionRefused
                ? "connection refused"
                : Printable.Line(socket.Message, 200));
        }

        return Unreachable(settings, Printable.Line(exception.Message, 200));
    }

    public static Failure NotUnderstood(ClientSettings settings, string why) => new(
        "answer-not-understood",
        $"the answer of {settings.Server} was not understood ({Printable.Line(why, 200)}); is a Kadeploy controller there, of the version of this client ({ControllerClient.ClientVersion})?");

    private static Failure NotTrusted(ClientSettings settings, string shown) => new(
        "certificate-not-trusted",
        settings.Pin is { } pin
            ? $"{settings.Server} shows the certificate {shown}, but {pin.From} says {pin.Fingerprint}: it is another controller, or somebody stands in between"
            : $"{settings.Server} shows the certificate {shown}, for which nobody vouches; if that is what kadeployd printed when it started (api.fingerprint in its state directory), say --fingerprint, KADEPLOY_FINGERPRINT, or 'fingerprint:' in client.yaml");

    private static Failure Unreachable(ClientSettings settings, string why) => new(
        "controller-unreachable",
        $"no controller answers at {settings.Server} (from {settings.ServerFrom}): {why}. Is kadeployd running there? Name another with --server URL or KADEPLOY_SERVER");

    private static Failure Lost(ClientSettings settings, string why) => new(
        "connection-lost",
        $"the connection to {settings.Server} was lost before it had answered ({why}): what was asked for may have been done, or not; 'kadeploy operation list' and 'kadeploy audit' tell");

    private static Failure Unauthorized(ClientSettings settings, Problem? problem) => new(
        problem?.Reason ?? "unauthorized",
        settings.Token is null
            ? $"the controller at {settings.Server} wants a token and none was found (looked at {settings.TokenFrom}); the administrator's is admin.token in the controller's state directory"
            : $"the controller at {settings.Server} does not accept the token of {settings.TokenFrom}",
        problem);

    private static string Describe(Problem problem)
    {
        var text = Printable.Lines(problem.Detail ?? problem.Title, 2000);
        // A picture of the mistake, with a caret below it, says more than the name of a field.
        if (text.Contains('\n', StringComparison.Ordinal))
            return text;
        var about = new List<string>();
        if (problem.Nodes is { Count: > 0 } nodes && !nodes.All(n => text.Contains(n, StringComparison.Ordinal)))
            about.Add("nodes: " + NodeNames.Fold(nodes));
        if (problem.Field is { Length: > 0 } field && !text.Contains(field, StringComparison.Ordinal))
            about.Add("field: " + Printable.Line(field, 200));
        return about.Count == 0 ? text : $"{text} ({string.Join("; ", about)})";
    }

    private static Problem? TryParse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ApiJson.Default.Problem);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<string> ReadBoundedAsync(HttpContent content, CancellationToken cancel)
    {
        await using var stream = await content.ReadAsStreamAsync(cancel);
        using var reader = new StreamReader(stream);
        var buffer = new char[Longest];
        var length = await reader.ReadBlockAsync(buffer, cancel);
        return new string(buffer, 0, length);
    }

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
                return found;
        }

        return null;
    }
}
