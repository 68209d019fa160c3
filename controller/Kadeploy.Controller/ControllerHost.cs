using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Statistics;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Trust;
using Kadeploy.Transfer;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Kadeploy.Controller;

/// <summary>kadeployd put together: three listeners of Kestrel's, the chain's own, and the engine behind them.</summary>
internal sealed partial class ControllerHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ListenOptions[] _listening;
    private readonly IDisposable _badRequests;

    private ControllerHost(WebApplication app, ListenOptions[] listening, ApiCertificate? certificate)
    {
        (_app, _listening, Certificate) = (app, listening, certificate);
        _badRequests = BadRequests.Watch(app.Services.GetRequiredService<DiagnosticListener>(), app.Services.GetRequiredService<Refusals>());
    }

    public IServiceProvider Services => _app.Services;

    /// <summary>What the REST API shows; null without TLS.</summary>
    public ApiCertificate? Certificate { get; }

    /// <summary>What agents know this controller by.</summary>
    public string Pin => _app.Services.GetRequiredService<ControllerIdentity>().Pin;

    public ListenAddresses Addresses => _app.Services.GetRequiredService<ListenAddresses>();

    /// <summary>Builds it; nothing is served yet.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="replace">Puts other services in place of ours: tests.</param>
    /// <exception cref="StartException">It cannot start.</exception>
    public static async Task<ControllerHost> CreateAsync(
        ControllerConfiguration configuration, CancellationToken cancellationToken, Action<IServiceCollection>? replace = null)
    {
        StateLock? state = null;
        Database? database = null;
        try
        {
            PrivateFile.Directory(configuration.StateDirectory);
            state = StateLock.Take(configuration.StateDirectory);
            var key = await ControllerKey.LoadAsync(configuration, cancellationToken);
            database = new Database(Path.Combine(configuration.StateDirectory, "kadeployd.db"));
            var certificate = ApiCertificate.Load(configuration);
            var identity = ControllerIdentity.Load(configuration);
            return Build(configuration, key, state, database, certificate, identity, ChainListener.Start(configuration.Listen.Chain), replace);
        }
        catch (SocketException e)
        {
            Release();
            throw new StartException($"listen.chain: cannot listen on {configuration.Listen.Chain}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or StateLockedException
            or Microsoft.Data.Sqlite.SqliteException or DllNotFoundException)
        {
            Release();
            throw new StartException($"stateDirectory {configuration.StateDirectory}: {e.Message}", e);
        }

        void Release()
        {
            database?.Dispose();
            state?.Dispose();
        }
    }

    /// <summary>Starts serving.</summary>
    /// <exception cref="StartException">A port cannot be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new StartException($"listen: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new StartException($"stateDirectory {_app.Services.GetRequiredService<ControllerConfiguration>().StateDirectory}: {e.Message}", e);
        }
        // What was configured as port 0 is known now.
        var ports = _listening.Select(l => l.IPEndPoint!.Port).ToArray();
        (Addresses.Api, Addresses.Agents, Addresses.Boot) = (ports[0], ports[1], ports[2]);
        var log = _app.Services.GetRequiredService<ILogger<ControllerHost>>();
        if (Certificate is { Fingerprint: var fingerprint })
            Serves(log, _listening[0].IPEndPoint!, fingerprint);
        else
            ServesPlainly(log, _listening[0].IPEndPoint!);
        ServesAgents(log, _listening[1].IPEndPoint!, Pin);
    }

    /// <summary>Serves until SIGTERM, SIGINT, or until something that must last has ended.</summary>
    public async Task RunAsync()
    {
        await StartAsync();
        await _app.WaitForShutdownAsync();
    }

    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync()
    {
        _badRequests.Dispose();
        return _app.DisposeAsync();
    }

    private static ControllerHost Build(
        ControllerConfiguration configuration, ControllerKey key, StateLock state, Database database, ApiCertificate? certificate, ControllerIdentity identity,
        ChainListener chain, Action<IServiceCollection>? replace)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "kadeployd", ContentRootPath = configuration.StateDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(o => (o.SingleLine, o.UseUtcTimestamp, o.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ssZ "));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        var listening = new ListenOptions[3];
        // Kestrel is configured before there are services, and listens when there are.
        WebApplication? built = null;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 2 << 20; // a postinstall script and a list of keys; uploads have no limit but the disk
            kestrel.Limits.MaxRequestLineSize = 64 << 10; // GET of a node set whose names do not fold
            kestrel.Limits.Http2.MaxStreamsPerConnection = 4; // an agent has one
            // The heartbeats notice sooner; this ends a write that nobody takes.
            kestrel.UseGrpcKeepAlive(TimeSpan.FromSeconds(60));
            kestrel.Listen(configuration.Listen.Api, l =>
            {
                Listen(l, 0, ListenerRole.Api, HttpProtocols.Http1);
                if (certificate is not null)
                    UseTls(l, ListenerRole.Api, () => new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Context });
            });
            kestrel.Listen(configuration.Listen.Agents, l =>
            {
                Listen(l, 1, ListenerRole.Agents, HttpProtocols.Http2);
                // An agent has one connection and dials it seldom: nothing is kept for another.
                UseTls(l, ListenerRole.Agents, () => new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = identity.Context,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    AllowTlsResume = false,
                });
            });
            kestrel.Listen(configuration.Listen.Boot, l => Listen(l, 2, ListenerRole.Boot, HttpProtocols.Http1));
        });
        builder.Services.AddController(configuration, key, state, database, identity, chain);
        // Else a wrong query parameter is answered with an empty 400.
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        replace?.Invoke(builder.Services);
        var app = built = builder.Build();

        // Made now, so that they are disposed of after all that uses them.
        app.Services.GetRequiredService<StateLock>();
        app.Services.GetRequiredService<Database>();
        app.Services.GetRequiredService<ControllerIdentity>();
        chain.Refused = (from, why) => app.Services.GetRequiredService<Refusals>().Note("chain.connect", "", why, from.ToString(), null);
        // Makes the token file at the first start.
        app.Services.GetRequiredService<AdminToken>();

        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(15), KeepAliveTimeout = TimeSpan.FromSeconds(30) });
        app.UseRouting();
        app.UseRateLimiter();
        app.UseListenerGate();
        app.UseStopGate();
        var api = app.MapGroup("").WithMetadata(new ServedOn(ListenerRole.Api));
        InfoEndpoint.Map(api, app.Services.GetRequiredService<TimeProvider>());
        NodeEndpoints.Map(api);
        PowerEndpoints.Map(api);
        RebootEndpoints.Map(api);
        EnvironmentEndpoints.Map(api);
        DeploymentEndpoints.Map(api);
        BroadcastEndpoints.Map(api);
        ExecEndpoints.Map(api);
        ConsoleEndpoint.Map(api);
        UserEndpoints.Map(api);
        RightEndpoints.Map(api);
        AuditEndpoint.Map(api);
        ImageUploadEndpoints.Map(api);
        CacheEndpoints.Map(api);
        StatisticsEndpoints.Map(api);
        Metrics.Map(api);
        ApiDocument.Map(api, app);
        BootEndpoints.Map(app.MapGroup("").WithMetadata(new ServedOn(ListenerRole.Boot)));
        app.MapGrpcService<AgentLinkService>();
        return new ControllerHost(app, listening, certificate);

        void Listen(ListenOptions options, int index, ListenerRole role, HttpProtocols protocols)
        {
            listening[index] = options;
            options.Protocols = protocols;
            options.Use(next => connection =>
            {
                connection.Features.Set(new ServedOn(role));
                return next(connection);
            });
        }

        void UseTls(ListenOptions options, ListenerRole role, Func<SslServerAuthenticationOptions> tls) => ConnectionWitness.Watch(
            options, role, () => built!.Services.GetRequiredService<Refusals>(),
            () => HandshakeQueue.Before(options, () => options.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(tls()),
                HandshakeTimeout = TimeSpan.FromSeconds(30),
            })));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Agents are served at {Address}, key SHA-256 {Pin}")]
    private static partial void ServesAgents(ILogger log, IPEndPoint address, string pin);

    [LoggerMessage(Level = LogLevel.Information, Message = "The REST API is served at https://{Address}, certificate SHA-256 {Fingerprint}")]
    private static partial void Serves(ILogger log, IPEndPoint address, string fingerprint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The REST API is served at http://{Address} without TLS: passwords and tokens can be read on the way")]
    private static partial void ServesPlainly(ILogger log, IPEndPoint address);
}
