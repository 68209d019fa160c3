using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Kadeploy.Testbed;
using Kadeploy.TestSupport;

namespace Kadeploy.Machine.Tests.Rogue;

/// <summary>
/// Answers on the agents' port of a foreign host as a controller would, with a key of its own. When it got nothing by that, it passes further connections
/// on to the controller, and reads what goes by.
/// </summary>
internal sealed class PosingController : IAsyncDisposable
{
    public const int Port = 25301;
    private const int Poses = 2;
    private readonly AttachedHost _host;
    private readonly IPEndPoint _controller;
    private readonly TcpListener _listener;
    private readonly X509Certificate2 _certificate = SelfSigned.Make();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private int _posed;
    private int _told;

    public PosingController(AttachedHost host, string address, string controller)
    {
        (_host, _controller) = (host, new IPEndPoint(IPAddress.Parse(controller), Port));
        _listener = host.Inside(() =>
        {
            var listener = new TcpListener(IPAddress.Parse(address), Port);
            listener.Start();
            return listener;
        });
        _accepting = AcceptAsync();
    }

    /// <summary>How many agents it offered its key to.</summary>
    public int Posed => Volatile.Read(ref _posed);

    /// <summary>Bytes that agents told it, beyond the greeting of TLS.</summary>
    public int Told => Volatile.Read(ref _told);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _certificate.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            for (var number = 0; ; number++)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _connections.Add(number < Poses ? PoseAsync(client) : PassOnAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
        }
    }

    private async Task PoseAsync(TcpClient client)
    {
        using (client)
        {
            await using var tls = new SslStream(client.GetStream());
            try
            {
                Interlocked.Increment(ref _posed);
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [SslApplicationProtocol.Http2], EnabledSslProtocols = SslProtocols.Tls13 },
                    _stop.Token);
                Interlocked.Add(ref _told, await tls.ReadAsync(new byte[4096], _stop.Token));
            }
            catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
            {
                // It was hung up on.
            }
        }
    }

    private async Task PassOnAsync(TcpClient client)
    {
        using (client)
        using (var socket = _host.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)))
            try
            {
                await socket.ConnectAsync(_controller, _stop.Token);
                await using var onward = new NetworkStream(socket);
                await Task.WhenAny(client.GetStream().CopyToAsync(onward, _stop.Token), onward.CopyToAsync(client.GetStream(), _stop.Token));
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
            }
    }
}
