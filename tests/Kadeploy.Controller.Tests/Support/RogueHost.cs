using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using Kadeploy.Protocol.V1;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>A foreign machine on the provisioning network: an address of its own, and whatever it likes to say.</summary>
internal sealed class RogueHost(TestController controller, string address = RogueHost.Elsewhere)
{
    /// <summary>No node is here.</summary>
    public const string Elsewhere = "127.0.0.66";

    /// <summary>What iPXE would be told.</summary>
    public async Task<string> ProfileAsync(string mac)
    {
        using var http = Http($"http://{controller.Address}:{controller.Host.Addresses.Boot}");
        return await http.GetStringAsync(new Uri($"/node.ipxe?mac={mac}&platform=pcbios", UriKind.Relative));
    }

    /// <summary>A client at its address, which asks no server who it is.</summary>
    public HttpClient Http(string server)
    {
        var handler = Handler(null);
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        return new HttpClient(handler) { BaseAddress = new Uri(server) };
    }

    /// <summary>Says Hello as an agent and reads the first answer.</summary>
    public async Task<ControllerMessage> HelloAsync(string mac, string token = "", string secret = "", string? bootId = null)
    {
        using var session = await SessionAsync(mac, token, secret, bootId);
        return session.Answer;
    }

    /// <summary>The same, and stays.</summary>
    public async Task<RogueSession<ControllerMessage>> SessionAsync(string mac, string token = "", string secret = "", string? bootId = null)
    {
        var channel = GrpcChannel.ForAddress(
            controller.AgentsAddress, new GrpcChannelOptions { HttpHandler = Handler(PinnedKey.Parse(controller.Host.Pin)), DisposeHttpClient = true });
        var call = new AgentLink.AgentLinkClient(channel).Session();
        await call.RequestStream.WriteAsync(new AgentMessage
        {
            Hello = new Hello { Protocol = 1, AgentVersion = "evil", BootId = bootId ?? Guid.NewGuid().ToString("D"), Token = token, Mac = mac, SessionSecret = secret },
        });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).DoneAsync("an answer to Hello"));
        return new RogueSession<ControllerMessage>(call.ResponseStream.Current, call, channel);
    }

    /// <summary>Sends bytes to a port and reads until it is hung up on, or nothing more comes for a while.</summary>
    public async Task<byte[]> SayAsync(int port, byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        await socket.ConnectAsync(new IPEndPoint(controller.Address, port));
        return await RawTalk.SayAsync(socket, bytes, TimeSpan.FromSeconds(60));
    }

    private SocketsHttpHandler Handler(PinnedKey? key)
    {
        var handler = GrpcHttpHandler.Create(TimeSpan.FromSeconds(30), key);
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        };
        return handler;
    }
}
