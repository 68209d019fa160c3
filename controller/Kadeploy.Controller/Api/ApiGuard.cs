namespace Kadeploy.Controller.Api;

/// <summary>What every request to the REST API passes: proof of the token, and an answer in problem details whatever goes wrong.</summary>
internal static partial class ApiGuard
{
    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (!http.RequestServices.GetRequiredService<AdminToken>().Matches(http.Request.Headers.Authorization))
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.Write(http, 401, "unauthenticated", "Authentication needed", "send 'Authorization: Bearer TOKEN'; the token lies in admin.token in the controller's state directory");
            return;
        }
        if (http.GetEndpoint() is null)
        {
            await Problems.Write(http, 404, "no-such-resource", "No such resource", $"there is no {http.Request.Path}");
            return;
        }
        try
        {
            await next(http);
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
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void Failed(ILogger log, string method, string path, Exception e);
}
