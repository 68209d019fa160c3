using System.Diagnostics;
using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>Blocking sockets as the chain uses them: whole reads, whole writes, a few raw options (tcp(7), socket(7)).</summary>
internal static class Wire
{
    private const int SolSocket = 1, SoRcvLowat = 18, IpProtoTcp = 6, TcpInfo = 11;

    /// <summary>Fills the buffer; false when the peer closed, reset or stayed silent beyond the socket's timeout.</summary>
    public static bool Read(Socket socket, Span<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                var n = socket.Receive(buffer);
                if (n == 0)
                    return false;
                buffer = buffer[n..];
            }
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>The same within a time, however the bytes dribble in; leaves the socket's timeout changed.</summary>
    public static bool Read(Socket socket, Span<byte> buffer, TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            while (!buffer.IsEmpty)
            {
                var left = within - Stopwatch.GetElapsedTime(began);
                if (left <= TimeSpan.Zero)
                    return false;
                socket.ReceiveTimeout = Math.Max(1, (int)left.TotalMilliseconds);
                var n = socket.Receive(buffer);
                if (n == 0)
                    return false;
                buffer = buffer[n..];
            }
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Sends all; false when the connection is gone or the socket's timeout passed.</summary>
    public static bool Write(Socket socket, ReadOnlySpan<byte> data)
    {
        try
        {
            while (!data.IsEmpty)
                data = data[socket.Send(data)..];
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Sends what the socket takes without waiting, and returns how much that was; 0 as well when the connection is gone.</summary>
    public static int TryWrite(Socket socket, ReadOnlySpan<byte> data)
    {
        try
        {
            return Native.SendWithoutWaiting(socket.SafeHandle, data);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <summary>A receive wakes only when this many bytes are there: fewer system calls on a slow link, see SO_RCVLOWAT in socket(7).</summary>
    public static void ReceiveLowWater(Socket socket, int bytes)
    {
        Span<byte> value = stackalloc byte[4];
        BitConverter.TryWriteBytes(value, bytes);
        try
        {
            socket.SetRawSocketOption(SolSocket, SoRcvLowat, value);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The next receive finds out.
        }
    }

    /// <summary>Milliseconds since the peer's TCP acknowledged anything (tcpi_last_ack_recv of tcp_info, linux/tcp.h); -1 unknown.</summary>
    public static long SinceAcknowledged(Socket socket)
    {
        Span<byte> info = stackalloc byte[104];
        try
        {
            return socket.GetRawSocketOption(IpProtoTcp, TcpInfo, info) >= 60 ? BitConverter.ToUInt32(info[56..]) : -1;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return -1;
        }
    }

    /// <summary>Ends every blocked call on the socket; closing it is left to the thread that owns it.</summary>
    public static void Break(Socket? socket)
    {
        try
        {
            socket?.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already gone.
        }
    }
}
