using Kadeploy.Controller.Trust;
using Kadeploy.Controller.Users;

namespace Kadeploy.Controller.Api;

/// <summary>What every request to the REST API passes: proof of who asks, and an answer in problem details whatever goes wrong.</summary>
internal static partial class ApiGuard
{
    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var authentication = http.RequestServices.GetRequiredService<Authentication>();
        var (caller, status, why) = await authentication.IdentifyAsync(http);
        if (caller is null)
        {
            if (status == 401)
                http.Response.Headers.WWWAuthenticate = authentication.Challenge;
            http.RequestServices.GetRequiredService<Refusals>().Note(
                "api.request", "", status == 401 ? "unauthenticated" : "too-many-attempts", http.Connection.RemoteIpAddress?.ToString(), why);
            await Problems.Write(http, status, status == 401 ? "unauthenticated" : "too-many-attempts", "Authentication needed", why);
            return;
        }
        http.Features.Set(caller);
        if (http.GetEndpoint() is null)
        {
            await Problems.Write(http, 404, "no-such-resource", "No such resource", $"there is no {http.Request.Path}");
            return;
        }
        try
        {
            if (QueryShape.Problem(http) is { } badQuery)
                await badQuery.ExecuteAsync(http);
            else
                await http.RequestServices.GetRequiredService<IdempotencyKeys>().InvokeAsync(http, caller, next);
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await Problems.Write(http, e.StatusCode, "bad-request", "Bad request", e.Message);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: nobody reads an answer.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            var log = http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Kadeploy.Controller.Api");
            Failed(log, http.Request.Method, http.Request.Path, e);
            await Problems.Write(http, 500, "internal-error", "Internal error", "kadeployd's log says more");
        }
        http.RequestServices.GetRequiredService<AuditTrail>().Answered(http, caller);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void Failed(ILogger log, string method, string path, Exception e);
}
