using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Kadeploy.Machine.Tests.Rogue;

/// <summary>Reads every frame in the cluster's network, as at a switch's mirror port, and keeps the tokens in them.</summary>
internal sealed partial class Eavesdropper : IDisposable
{
    // packet(7), ETH_P_ALL in network byte order.
    private const ProtocolType Everything = (ProtocolType)0x0300;
    private const int LargestFrame = 1 << 17;
    private readonly Socket _socket;
    private readonly Thread _thread;
    private volatile bool _stopped;

    public Eavesdropper(Lab lab)
    {
        _socket = lab.Inside(() => new Socket(AddressFamily.Packet, SocketType.Raw, Everything) { ReceiveTimeout = 200, ReceiveBufferSize = 8 << 20 });
        _thread = new Thread(Listen);
        _thread.Start();
    }

    /// <summary>Boot tokens by the MAC that they were served to.</summary>
    public ConcurrentDictionary<string, string> BootTokens { get; } = new();

    /// <summary>Tokens with which installed systems reported themselves.</summary>
    public ConcurrentDictionary<string, bool> ReportTokens { get; } = new();

    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        _socket.Dispose();
    }

    private void Listen()
    {
        var frame = new byte[LargestFrame];
        while (!_stopped)
        {
            // A frame that was lost because this was too slow is another one's.
            var length = _socket.Receive(frame, SocketFlags.None, out var error);
            if (error is SocketError.TimedOut or SocketError.WouldBlock or SocketError.NetworkDown or SocketError.NoBufferSpaceAvailable)
                continue;
            if (error != SocketError.Success)
                return;
            var bytes = frame.AsSpan(0, length);
            if (bytes.IndexOf("kadeploy.token="u8) >= 0 && Boot().Match(Encoding.Latin1.GetString(bytes)) is { Success: true } boot)
                BootTokens[boot.Groups[2].Value] = boot.Groups[1].Value;
            if (bytes.IndexOf("POST /report/"u8) >= 0 && Report().Match(Encoding.Latin1.GetString(bytes)) is { Success: true } report)
                ReportTokens[report.Groups[1].Value] = true;
        }
    }

    [GeneratedRegex("kadeploy.token=([0-9a-f]+) kadeploy.mac=([0-9a-f:]+)")]
    private static partial Regex Boot();

    [GeneratedRegex("POST /report/([0-9a-f]+) ")]
    private static partial Regex Report();
}
