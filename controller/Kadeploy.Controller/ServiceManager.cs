using System.Net.Sockets;
using System.Text;

namespace Kadeploy.Controller;

/// <summary>Tells systemd how kadeployd fares: sd_notify(3), a datagram to the socket that it names; nothing where it names none.</summary>
internal sealed partial class ServiceManager(ILogger<ServiceManager> log)
{
    private readonly string? _socket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");

    /// <summary>Everything is served.</summary>
    public void Ready(string status) => Tell($"READY=1\nSTATUS={status}");

    /// <summary>The stop has begun.</summary>
    public void Stopping(string status) => Tell($"STOPPING=1\nSTATUS={status}");

    private void Tell(string state)
    {
        if (string.IsNullOrEmpty(_socket))
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // '@' stands for the NUL byte of an abstract address (unix(7)).
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(_socket[0] == '@' ? '\0' + _socket[1..] : _socket));
        }
        catch (SocketException e)
        {
            Unheard(log, _socket, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "systemd's socket {Socket} does not take our state: {Why}")]
    private static partial void Unheard(ILogger log, string socket, string why);
}
