using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kadeploy.Grpc.Tests;

/// <summary>Kestrel on a free loopback port (h2c), with <see cref="ProbeService"/> and whatever else a test maps.</summary>
internal sealed class ProbeServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ProbeServer(WebApplication app, ProbeService service) => (_app, Service) = (app, service);

    public ProbeService Service { get; }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public static async Task<ProbeServer> StartAsync(
        Action<WebApplication>? map = null, Action<KestrelServerOptions>? limits = null, HttpProtocols protocols = HttpProtocols.Http2)
    {
        var service = new ProbeService();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(service);
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
            limits?.Invoke(kestrel);
        });
        var app = builder.Build();
        app.MapGrpcService<ProbeService>();
        map?.Invoke(app);
        await app.StartAsync();
        return new ProbeServer(app, service);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }
}
