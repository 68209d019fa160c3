using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Kadeploy.Transfer.Tests;

/// <summary>
/// A proxy in front of every member. It learns from each connection's hello who calls whom, so that a fault can be given to a member as a
/// whole: killed (reset, then refused), frozen (accepts, moves nothing), slowed, or a byte flipped on the way to it.
/// </summary>
internal sealed class FaultNet : IDisposable
{
    private readonly List<Socket> _listeners = [];
    private readonly List<Relayed> _open = [];
    private readonly IPEndPoint[] _real;
    private readonly bool[] _killed, _frozen;
    private readonly long[] _rate;
    private readonly long[] _flipAt;
    private volatile bool _stopped;

    public FaultNet(int members)
    {
        _real = new IPEndPoint[members];
        _killed = new bool[members];
        _frozen = new bool[members];
        _rate = new long[members];
        _flipAt = Enumerable.Repeat(-1L, members).ToArray();
    }

    /// <summary>Told what is on the wire; called on many threads.</summary>
    public Action<ReadOnlyMemory<byte>> Heard { get; init; } = static _ => { };

    /// <summary>The address to put into the plan for a member that listens at <paramref name="real"/>.</summary>
    public IPEndPoint Front(int index, IPEndPoint real)
    {
        _real[index] = real;
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(100);
        lock (_listeners)
            _listeners.Add(listener);
        Threads.Start("proxy-accept", () => Accept(index, listener));
        return (IPEndPoint)listener.LocalEndPoint!;
    }

    public void Kill(int index)
    {
        Volatile.Write(ref _killed[index], true);
        lock (_open)
            foreach (var connection in _open.Where(c => c.Touches(index)))
                connection.Reset();
    }

    public void Freeze(int index, bool frozen = true) => Volatile.Write(ref _frozen[index], frozen);

    /// <summary>Bytes per second into and out of the member, each connection on its own; 0 for no limit.</summary>
    public void Slow(int index, long rate) => Volatile.Write(ref _rate[index], rate);

    /// <summary>Flips one bit of the image byte at this offset on its way to the member, once, in the line's data.</summary>
    public void FlipTowards(int index, long offset) => Volatile.Write(ref _flipAt[index], offset);

    private void Accept(int server, Socket listener)
    {
        while (!_stopped)
        {
            Socket client;
            try
            {
                client = listener.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            Threads.Start("proxy", () => Relay(server, client));
        }
    }

    private void Relay(int server, Socket client)
    {
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        var connection = new Relayed(client, target, server);
        try
        {
            if (_killed[server])
            {
                connection.Reset();
                return;
            }
            while (_frozen[server] && !_stopped)
                Thread.Sleep(5);
            target.Connect(_real[server]);
            var challenge = new byte[Handshake.ChallengeSize];
            var hello = new byte[Handshake.HelloSize];
            if (!Wire.Read(target, challenge) || !Wire.Write(client, challenge) || !Wire.Read(client, hello))
                return;
            var said = Hello.Read(hello)!;
            connection.Caller = said.Caller;
            lock (_open)
                _open.Add(connection);
            if (_killed[said.Caller] || _killed[server])
            {
                connection.Reset();
                return;
            }
            Hold(said.Caller, server);
            if (!Wire.Write(target, hello))
                return;
            var up = Threads.Start("proxy-up", () => Pump(client, target, connection, null));
            Pump(target, client, connection, said);
            up.Join();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection ended.
        }
        finally
        {
            lock (_open)
                _open.Remove(connection);
            client.Dispose();
        }
    }

    private void Pump(Socket from, Socket to, Relayed connection, Hello? towardsCaller)
    {
        var buffer = new byte[32 << 10];
        var passed = -(long)(Welcome.Size + 32);
        try
        {
            int n;
            while ((n = from.Receive(buffer)) > 0)
            {
                Hold(connection.Caller, connection.Server);
                Heard(buffer.AsMemory(0, n));
                if (towardsCaller is { Kind: HelloKind.Data } hello)
                {
                    if (passed <= -(Welcome.Size + 32) && n >= 16)
                        passed = BinaryPrimitives.ReadInt64LittleEndian(buffer.AsSpan(8)) - (Welcome.Size + 32);
                    var flip = Volatile.Read(ref _flipAt[hello.Caller]);
                    if (flip >= 0 && flip >= passed && flip < passed + n && flip - passed >= 0)
                    {
                        Volatile.Write(ref _flipAt[hello.Caller], -1);
                        buffer[flip - passed] ^= 0x10;
                    }
                    passed += n;
                }
                Throttle(n, connection);
                if (!Wire.Write(to, buffer.AsSpan(0, n)))
                    break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Reset.
        }
        Wire.Break(from);
        Wire.Break(to);
    }

    private void Hold(int a, int b)
    {
        while ((Volatile.Read(ref _frozen[a]) || Volatile.Read(ref _frozen[b])) && !_stopped)
            Thread.Sleep(5);
    }

    private void Throttle(int bytes, Relayed connection)
    {
        var (a, b) = (Volatile.Read(ref _rate[connection.Caller]), Volatile.Read(ref _rate[connection.Server]));
        var rate = a == 0 ? b : b == 0 ? a : Math.Min(a, b);
        if (rate > 0)
            Thread.Sleep((int)(bytes * 1000L / rate));
    }

    public void Dispose()
    {
        _stopped = true;
        foreach (var listener in _listeners)
        {
            Wire.Break(listener);
            listener.Dispose();
        }
        lock (_open)
            foreach (var connection in _open)
                connection.Reset();
    }

    private sealed class Relayed(Socket client, Socket target, int server)
    {
        public int Server => server;

        public int Caller { get; set; } = -1;

        public bool Touches(int index) => Caller == index || server == index;

        public void Reset()
        {
            foreach (var socket in (Socket[])[client, target])
            {
                try
                {
                    socket.LingerState = new LingerOption(true, 0);
                    Wire.Break(socket);
                    socket.Dispose();
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // Already gone.
                }
            }
        }
    }
}
