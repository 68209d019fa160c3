using System.Diagnostics;
using Kadeploy.Controller.Api;
using Microsoft.AspNetCore.Http.Features;

namespace Kadeploy.Controller.Trust;

/// <summary>What Kestrel could not read as HTTP and answered by itself: no middleware sees it, but Kestrel says so to whoever listens.</summary>
internal sealed class BadRequests(Refusals refusals) : IObserver<KeyValuePair<string, object?>>
{
    // https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/diagnostics
    private const string Event = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    public static IDisposable Watch(DiagnosticListener listener, Refusals refusals) => listener.Subscribe(new BadRequests(refusals), static (name, _, _) => name == Event);

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is not { Key: Event, Value: IFeatureCollection features })
            return;
        var role = features.Get<ServedOn>()?.Role.ToString().ToLowerInvariant() ?? "connection";
        var address = features.Get<IHttpConnectionFeature>()?.RemoteIpAddress?.ToString();
        refusals.Note($"{role}.request", "", "no-http", address, features.Get<IBadRequestExceptionFeature>()?.Error?.Message);
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
