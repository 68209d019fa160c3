using System.Net;
using System.Net.Sockets;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>In front of a BMC, on its address and a port of its own: a number of its session handshakes come to nothing, as those of busy BMCs do.</summary>
internal sealed class BusyBmc : IDisposable
{
    // RMCP+ (IPMI 2.0 specification, 13.6): authentication type and payload type, behind four bytes of RMCP.
    private const byte RmcpPlus = 6;
    private const byte Rakp1 = 0x12;

    private readonly UdpClient _front;
    private readonly UdpClient _back = new();
    private readonly int _refusals;
    private volatile IPEndPoint? _client;
    private volatile int _dropped; // only AskAsync writes it

    /// <param name="address">The BMC's.</param>
    /// <param name="port">The BMC's.</param>
    /// <param name="refusals">How many handshakes are dropped.</param>
    public BusyBmc(IPAddress address, int port, int refusals)
    {
        (_refusals, _front) = (refusals, new UdpClient(new IPEndPoint(address, 0)));
        _back.Connect(address, port);
        _ = AskAsync();
        _ = AnswerAsync();
    }

    public int Port => ((IPEndPoint)_front.Client.LocalEndPoint!).Port;

    public int Dropped => _dropped;

    public void Dispose()
    {
        _front.Dispose();
        _back.Dispose();
    }

    private async Task AskAsync()
    {
        while (await ReceiveAsync(_front) is { } asked)
        {
            _client = asked.RemoteEndPoint;
            if (asked.Buffer is [_, _, _, _, RmcpPlus, Rakp1, ..] && _dropped < _refusals)
                _dropped++;
            else
                await _back.SendAsync(asked.Buffer);
        }
    }

    private async Task AnswerAsync()
    {
        while (await ReceiveAsync(_back) is { } answer)
            await _front.SendAsync(answer.Buffer, _client);
    }

    private static async Task<UdpReceiveResult?> ReceiveAsync(UdpClient from)
    {
        try
        {
            return await from.ReceiveAsync();
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            return null; // the test is over
        }
    }
}
