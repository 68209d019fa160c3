using Kadeploy.Controller.Trust;

namespace Kadeploy.Controller.Api;

/// <summary>
/// Keeps the listeners apart: an endpoint answers on its own port only. By the connection, not by the Host header, which the client chooses.
/// </summary>
internal static class ListenerGate
{
    public static void UseListenerGate(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        var came = http.Features.Get<ServedOn>()?.Role;
        var wanted = http.GetEndpoint()?.Metadata.GetMetadata<ServedOn>()?.Role ?? ListenerRole.Agents;
        // Methods are case-sensitive (RFC 9110, 9.1), but routes take HEaD for HEAD, and then its answer is one without a body where a body is due.
        if (http.GetEndpoint() is null || came != wanted || HttpMethods.GetCanonicalizedValue(http.Request.Method) != http.Request.Method)
        {
            http.SetEndpoint(null);
            if (came == ListenerRole.Boot)
                http.RequestServices.GetRequiredService<Refusals>().Note(
                    "boot.request", "", "not-served", http.Connection.RemoteIpAddress?.ToString(), $"{http.Request.Method} {http.Request.Path.Value?[..Math.Min(100, http.Request.Path.Value.Length)]}");
        }
        else if (http.Features.Get<ConnectionWitness>() is { } witness)
            witness.HasSpoken = true;
        if (came == ListenerRole.Api)
            await ApiGuard.InvokeAsync(http, next);
        else
            await next(http);
    });
}
