using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Protocol.V1;
using Kadeploy.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kadeploy.Agent.Tests.Link;

/// <summary>The controller's side of the link on a real Kestrel, played by a test: each session of an agent comes out of <see cref="NextSessionAsync"/>.</summary>
internal sealed class FakeController : IAsyncDisposable
{
    private readonly Channel<FakeSession> _sessions = Channel.CreateUnbounded<FakeSession>();
    private readonly WebApplication _host;
    private readonly X509Certificate2 _certificate;

    private FakeController(WebApplication host, X509Certificate2 certificate) => (_host, _certificate) = (host, certificate);

    public Uri Address { get; private set; } = null!;

    /// <summary>What its agents are to be given.</summary>
    public PinnedKey Key => PinnedKey.Parse(Pin)!;

    /// <summary>Whether an agent has said Hello to it, answered or not.</summary>
    public bool HasBeenDialed => _sessions.Reader.Count > 0;

    public string Pin => PinnedKey.Of(_certificate);

    public static async Task<FakeController> StartAsync(int port = 0, string address = "127.0.0.1")
    {
        var certificate = SelfSigned.Make();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Parse(address), port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(certificate);
        }));
        builder.Services.AddGrpc();
        FakeController? controller = null;
        builder.Services.AddSingleton(_ => new Service(controller!));
        var host = builder.Build();
        controller = new FakeController(host, certificate);
        host.MapGrpcService<Service>();
        await host.StartAsync();
        controller.Address = new Uri(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return controller;
    }

    /// <summary>The controller's signature over what its agents are to believe.</summary>
    public byte[] Sign(byte[] data)
    {
        using var key = _certificate.GetECDsaPrivateKey()!;
        return key.SignData(data, HashAlgorithmName.SHA256);
    }

    /// <summary>The next agent that says Hello.</summary>
    public Task<FakeSession> NextSessionAsync(TimeSpan? patience = null) =>
        Within.Patiently(_sessions.Reader.ReadAsync().AsTask(), "an agent to dial", patience);

    /// <summary>The same, and welcomes it.</summary>
    public async Task<FakeSession> WelcomeNextAsync(uint heartbeatSeconds = 60, TimeSpan? patience = null)
    {
        var session = await NextSessionAsync(patience);
        await session.SendAsync(new ControllerMessage
        {
            Welcome = new() { Node = "node-1", SessionSecret = "secret-1", HeartbeatSeconds = heartbeatSeconds },
        });
        return session;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(new CancellationToken(true));
        await _host.DisposeAsync();
        _certificate.Dispose();
    }

    private sealed class Service(FakeController controller) : AgentLink.AgentLinkBase
    {
        public override async Task Session(
            IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<ControllerMessage> responseStream, ServerCallContext context)
        {
            if (!await requestStream.MoveNext(context.CancellationToken))
                return;
            var session = new FakeSession(requestStream.Current.Hello, responseStream);
            controller._sessions.Writer.TryWrite(session);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, session.Closed);
            try
            {
                while (await requestStream.MoveNext(ended.Token))
                    session.Received(requestStream.Current);
            }
            catch (Exception exception) when (exception is OperationCanceledException or RpcException or IOException)
            {
                // The agent has gone, or the test ended the session.
            }
            session.Ended();
            session.Dispose();
        }
    }
}
