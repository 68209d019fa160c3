using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Users;

namespace Kadeploy.Controller.Api;

/// <summary>
/// <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header): a POST that is sent again with the same key by the same user gets the answer of the
/// first, for a day; nothing is done twice. Of an answer that holds a secret only that it was given is kept (<see cref="ShownOnce"/>). A request that was
/// to start an operation when the controller died is answered with what it started, or done now (<see cref="StartsOperation"/>).
/// </summary>
internal sealed class IdempotencyKeys(IdempotencyStore store)
{
    public const string Header = "Idempotency-Key";
    public const int Longest = 255;

    private const string JsonMediaType = "application/json; charset=utf-8";

    // The largest body that is served for a POST; a larger one would be no answer to a creation.
    private const int LargestAnswer = 1 << 20;

    private readonly ConcurrentDictionary<(string User, string Key), bool> _running = new();

    /// <summary>Answers from memory, or lets the request through and remembers its answer.</summary>
    public async Task InvokeAsync(HttpContext http, Caller caller, RequestDelegate next)
    {
        if (http.Request.Method != HttpMethods.Post || http.Request.Headers[Header] is not { Count: > 0 } given)
        {
            await next(http);
            return;
        }
        if (given is not [{ Length: > 0 and <= Longest } key] || key.Any(c => c is < ' ' or > '~'))
        {
            await Problems.BadField(Header, $"one value of at most {Longest} printable characters").ExecuteAsync(http);
            return;
        }
        if (!_running.TryAdd((caller.User, key), true))
        {
            await InUse(key).ExecuteAsync(http);
            return;
        }
        try
        {
            await OnceAsync(http, caller, key, next);
        }
        finally
        {
            _running.TryRemove((caller.User, key), out _);
        }
    }

    /// <summary>The request, if it carries a key, is about to start this operation; once that is in the journal it is its answer, whatever happens.</summary>
    public void Starts(HttpContext http, string operation)
    {
        if (http.Request.Headers[Header] is [{ Length: > 0 } key])
            store.Starts(Caller.Of(http).User, key, operation);
    }

    private async Task OnceAsync(HttpContext http, Caller caller, string key, RequestDelegate next)
    {
        var digest = await DigestAsync(http);
        switch (store.Begin(caller.User, key, digest))
        {
            case { Digest: var first } when first != digest:
                await Problems.Result(422, "idempotency-key-reused", "The key was used for something else", $"{Header} {key} came with another request before", Header).ExecuteAsync(http);
                return;
            case { Status: null, Operation: { } operation }:
                var started = JsonSerializer.SerializeToUtf8Bytes(new DeploymentStarted(operation), ApiJson.Default.DeploymentStarted);
                store.Finish(caller.User, key, StatusCodes.Status202Accepted, JsonMediaType, started);
                await AgainAsync(http, StatusCodes.Status202Accepted, JsonMediaType, started);
                return;
            case { Status: null } when http.GetEndpoint()?.Metadata.GetMetadata<StartsOperation>() is null:
                await InUse(key).ExecuteAsync(http);
                return;
            case { Status: not null } when IsShownOnce(http):
                await Problems.Result(
                    409, "idempotency-answer-not-kept", "Done before, its answer is not kept",
                    $"the request with {Header} {key} was done; its answer holds a secret, which is shown only once: if it was lost, revoke it and ask again with another key", Header).ExecuteAsync(http);
                return;
            case { Status: { } status, MediaType: var media, Body: var body }:
                await AgainAsync(http, status, media, body);
                return;
        }
        await FirstAsync(http, caller, key, next);
    }

    private static IResult InUse(string key) => Problems.Result(
        409, "idempotency-key-in-use", "The first request is not answered yet", $"the request with {Header} {key} is not answered, or was cut off: look what became of it", Header);

    private static async Task AgainAsync(HttpContext http, int status, string? media, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = media;
        http.Response.Headers["Idempotency-Replayed"] = "true";
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private async Task FirstAsync(HttpContext http, Caller caller, string key, RequestDelegate next)
    {
        var wire = http.Response.Body;
        using var answer = new MemoryStream();
        http.Response.Body = answer;
        var kept = false;
        try
        {
            await next(http);
            if (http.Response.StatusCode is >= 200 and < 300 && answer.Length <= LargestAnswer)
            {
                store.Finish(caller.User, key, http.Response.StatusCode, http.Response.ContentType, IsShownOnce(http) ? [] : answer.ToArray());
                kept = true;
            }
        }
        finally
        {
            http.Response.Body = wire;
            // What was refused did nothing: it may be tried again, mended or not.
            if (!kept)
                store.Forget(caller.User, key);
        }
        await wire.WriteAsync(answer.GetBuffer().AsMemory(0, (int)answer.Length), http.RequestAborted);
    }

    private static bool IsShownOnce(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<ShownOnce>() is not null;

    private static async Task<string> DigestAsync(HttpContext http)
    {
        http.Request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{http.Request.Path}{http.Request.QueryString}\n"));
        var buffer = new byte[16 * 1024];
        for (int read; (read = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0;)
            hash.AppendData(buffer.AsSpan(0, read));
        http.Request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
