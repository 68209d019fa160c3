using System.Net.Security;
using System.Net.Sockets;

namespace Kadeploy.Cli.Client;

/// <summary>TCP connections that notice a controller which is gone without a word.</summary>
internal static class Transport
{
    /// <param name="pin">The certificate that is accepted; null: one that the system vouches for.</param>
    /// <param name="refused">Told the fingerprint of one that is not.</param>
    public static SocketsHttpHandler Create(Pin? pin, Action<string> refused) => new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // A site's web proxy is never the way to its own controller.
        UseProxy = false,
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => Pin.Accepts(pin, certificate, errors, refused),
        },
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                // An event stream may be silent for minutes: only keepalive tells a quiet controller from one whose machine lost power.
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
