using System.Net;
using System.Security.Cryptography.X509Certificates;
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

    public static Task<ProbeServer> StartAsync(
        Action<WebApplication>? map = null, Action<KestrelServerOptions>? limits = null, HttpProtocols protocols = HttpProtocols.Http2, X509Certificate2? certificate = null) =>
        StartAsync<ProbeService>(null, map, limits, protocols, certificate);

    /// <summary>Serves another service in place of <see cref="ProbeService"/>.</summary>
    public static async Task<ProbeServer> StartAsync<TService>(
        Action<IServiceCollection>? register, Action<WebApplication>? map = null, Action<KestrelServerOptions>? limits = null,
        HttpProtocols protocols = HttpProtocols.Http2, X509Certificate2? certificate = null) where TService : class
    {
        var service = new ProbeService();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(service);
        builder.Services.AddGrpc();
        register?.Invoke(builder.Services);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                if (certificate is not null)
                    listen.UseHttps(certificate);
            });
            limits?.Invoke(kestrel);
        });
        var app = builder.Build();
        app.MapGrpcService<TService>();
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
