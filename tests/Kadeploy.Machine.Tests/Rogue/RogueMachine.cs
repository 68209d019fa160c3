using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using Kadeploy.Protocol.V1;
using Kadeploy.TestSupport;
using Kadeploy.Testbed;

namespace Kadeploy.Machine.Tests.Rogue;

/// <summary>What a foreign host on the provisioning network says, from one of its addresses, to whom it likes. It knows the controller's public key.</summary>
internal sealed class RogueMachine : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly AttachedHost _host;
    private readonly IPAddress _address;
    private readonly IPAddress _controller;
    private readonly string _pin;
    private readonly HttpClient _http;

    /// <param name="host">Where it is.</param>
    /// <param name="address">Which of that host's addresses it speaks from.</param>
    /// <param name="controller">Whom it attacks.</param>
    /// <param name="pin">Of the controller's key; anyone can ask the controller for it.</param>
    public RogueMachine(AttachedHost host, string address, string controller, string pin)
    {
        (_host, _address, _controller, _pin) = (host, IPAddress.Parse(address), IPAddress.Parse(controller), pin);
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false }) { BaseAddress = new Uri($"http://{controller}:25302"), Timeout = Patience };
    }

    /// <summary>What iPXE of that machine would be told to boot.</summary>
    public Task<string> ProfileAsync(string mac) => _http.GetStringAsync(new Uri($"/node.ipxe?mac={mac}&platform=pcbios", UriKind.Relative));

    /// <summary>Says that a system has booted.</summary>
    public async Task<HttpStatusCode> ReportAsync(string token)
    {
        using var content = new StringContent(Guid.NewGuid().ToString("D"));
        using var answer = await _http.PostAsync(new Uri($"/report/{token}", UriKind.Relative), content);
        return answer.StatusCode;
    }

    /// <summary>Asks for a profile over and over on many connections, until it is told that this is too much.</summary>
    public async Task FloodProfilesAsync(string mac)
    {
        using var enough = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var told = false;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            // The first that is told ends all: one alone may be too slow to be too much.
            while (!enough.IsCancellationRequested && !Volatile.Read(ref told))
            {
                using var answer = await _http.GetAsync(new Uri($"/node.ipxe?mac={mac}&platform=pcbios", UriKind.Relative));
                if (answer.StatusCode == HttpStatusCode.TooManyRequests)
                    Volatile.Write(ref told, true);
            }
        }));
        Assert.True(told, "no request for a profile was too many within a minute");
    }

    /// <summary>Says Hello as an agent and reads the first answer.</summary>
    public async Task<ControllerMessage> HelloAsync(string mac, string token = "")
    {
        using var session = await SessionAsync(mac, token);
        return session.Answer;
    }

    /// <summary>The same, and stays.</summary>
    public async Task<RogueSession<ControllerMessage>> SessionAsync(string mac, string token = "")
    {
        var handler = GrpcHttpHandler.Create(Patience, PinnedKey.Parse(_pin));
        handler.ConnectCallback = ConnectAsync;
        var channel = GrpcChannel.ForAddress(new Uri($"https://{_controller}:25301"), new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        var call = new AgentLink.AgentLinkClient(channel).Session();
        await call.RequestStream.WriteAsync(new AgentMessage
        {
            Hello = new Hello { Protocol = 1, AgentVersion = "evil", BootId = Guid.NewGuid().ToString("D"), Token = token, Mac = mac },
        }).WaitAsync(Patience);
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience));
        return new RogueSession<ControllerMessage>(call.ResponseStream.Current, call, channel);
    }

    /// <summary>Sends bytes to a port and hears until it is hung up on; null when nobody is there.</summary>
    /// <param name="to">Address.</param>
    /// <param name="port">Port.</param>
    /// <param name="bytes">What is said.</param>
    /// <param name="within">How long the connection may take; null for as long as everything else.</param>
    public async Task<byte[]?> SayAsync(string to, int port, byte[] bytes, TimeSpan? within = null)
    {
        using var socket = NewSocket();
        using var connecting = new CancellationTokenSource(within ?? Patience);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(to), port), connecting.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return null;
        }
        return await RawTalk.SayAsync(socket, bytes, Patience);
    }

    public void Dispose() => _http.Dispose();

    private Socket NewSocket() => _host.Inside(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(_address, 0));
        return socket;
    });

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = NewSocket();
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
