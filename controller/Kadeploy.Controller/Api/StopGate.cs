using System.Globalization;

namespace Kadeploy.Controller.Api;

/// <summary>While kadeployd stops, nothing new begins: what would change something is answered 503 with <c>Retry-After</c> (RFC 9110, 10.2.3).</summary>
internal static class StopGate
{
    // A restart is a few seconds; a client that comes too early is told again.
    private const int RetrySeconds = 10;

    public static void UseStopGate(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Features.Get<ServedOn>()?.Role != ListenerRole.Api || HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            || !context.RequestServices.GetRequiredService<PlannedStop>().HasBegun)
            return next(context);
        context.Response.Headers.RetryAfter = RetrySeconds.ToString(CultureInfo.InvariantCulture);
        return Problems.Result(
            503, "stopping", "The controller stops", $"kadeployd stops and takes nothing new; what runs is continued by its next start: try again in {RetrySeconds} s")
            .ExecuteAsync(context);
    });
}
