using System.Threading.RateLimiting;
using Kadeploy.Controller.Api;
using Microsoft.AspNetCore.RateLimiting;

namespace Kadeploy.Controller.Trust;

/// <summary>
/// How often one address may ask. Far above what a node or a person needs, so that nobody notices them but who floods: each request for a boot profile
/// is a look into the database.
/// </summary>
internal static class RequestRates
{
    private const int BootPerSecond = 200;
    private const int BootBurst = 1000;
    private const int ApiPerSecond = 1000;
    private const int ApiBurst = 5000;

    public static void Configure(RateLimiterOptions options)
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, (ListenerRole?, string?)>(http =>
        {
            var role = http.Features.Get<ServedOn>()?.Role;
            // Agents have one call each; their number is limited where they say Hello.
            return role is ListenerRole.Boot or ListenerRole.Api
                ? RateLimitPartition.GetTokenBucketLimiter((role, http.Connection.RemoteIpAddress?.ToString()), key => Bucket(key.Item1 == ListenerRole.Boot))
                : RateLimitPartition.GetNoLimiter<(ListenerRole?, string?)>((role, null));
        });
        options.OnRejected = async (context, cancellationToken) =>
        {
            var http = context.HttpContext;
            var role = http.Features.Get<ServedOn>()?.Role;
            http.RequestServices.GetRequiredService<Refusals>().Note(
                $"{role?.ToString().ToLowerInvariant()}.request", "", "too-many-requests", http.Connection.RemoteIpAddress?.ToString(), null);
            http.Response.Headers.RetryAfter = "1";
            if (role == ListenerRole.Api)
                await Problems.Write(http, StatusCodes.Status429TooManyRequests, "too-many-requests", "Too many requests", "this address asks more often than the controller answers: wait a second");
        };
    }

    private static TokenBucketRateLimiterOptions Bucket(bool boot) => new()
    {
        ReplenishmentPeriod = TimeSpan.FromMilliseconds(100),
        TokensPerPeriod = (boot ? BootPerSecond : ApiPerSecond) / 10,
        TokenLimit = boot ? BootBurst : ApiBurst,
        QueueLimit = 0,
    };
}
