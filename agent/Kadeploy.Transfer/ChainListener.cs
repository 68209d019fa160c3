using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>
/// The one TCP port of a process for the chain, shared by all its transfers: an agent has usually one, the controller is the head of many.
/// <code>
/// using var listener = ChainListener.Start(new IPEndPoint(IPAddress.Any, 25303));
/// var hop = new ChainHop(listener, plan, "node-3", sink, observer);
/// TransferResult result = await hop.RunAsync(cancel);
/// </code>
/// </summary>
public sealed class ChainListener : IDisposable
{
    private static readonly TimeSpan ProofTimeout = TimeSpan.FromSeconds(2);
    private readonly Socket _socket;
    private readonly ConcurrentDictionary<Guid, IServed> _served = new();
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly Unproven _unproven = new();
    private volatile bool _stopped;

    private ChainListener(Socket socket)
    {
        _socket = socket;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Address and port listened on.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Told who was turned away and why: <c>no-hello</c>, <c>no-key</c>, <c>too-many</c>. Called on the connection's thread.</summary>
    public Action<IPAddress, string> Refused { get; set; } = static (_, _) => { };

    /// <summary>Starts listening; throws <see cref="SocketException"/> when the port cannot be had. Port 0 picks a free one.</summary>
    /// <param name="endPoint">Address and port.</param>
    /// <param name="refused">See <see cref="Refused"/>; given here, nobody is turned away untold.</param>
    public static ChainListener Start(IPEndPoint endPoint, Action<IPAddress, string>? refused = null)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(endPoint);
        socket.Listen(512);
        var listener = new ChainListener(socket);
        if (refused is not null)
            listener.Refused = refused;
        Threads.Start("chain-accept", listener.AcceptAll);
        return listener;
    }

    internal void Register(Guid transfer, IServed served)
    {
        if (!_served.TryAdd(transfer, served))
            throw new InvalidOperationException($"transfer {transfer} already runs in this process");
    }

    internal void Unregister(Guid transfer) => _served.TryRemove(transfer, out _);

    private void AcceptAll()
    {
        while (!_stopped)
        {
            Socket socket;
            try
            {
                socket = _socket.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stopped)
                    return;
                Thread.Sleep(10); // out of descriptors, or a connection that died in the queue
                continue;
            }
            if (AddressOf(socket) is not { } from)
            {
                socket.Dispose();
                continue;
            }
            if (!_unproven.Enter(from))
            {
                Refused(from, "too-many");
                socket.Dispose();
                continue;
            }
            _open[socket] = true;
            Threads.Start("chain-conn", () => Serve(socket, from));
        }
    }

    private void Serve(Socket socket, IPAddress from)
    {
        var counted = true;
        try
        {
            socket.NoDelay = true;
            socket.ReceiveTimeout = socket.SendTimeout = (int)ProofTimeout.TotalMilliseconds;
            Span<byte> challenge = stackalloc byte[Handshake.ChallengeSize];
            var message = new byte[Handshake.HelloSize];
            if (Handshake.Receive(socket, challenge, message, ProofTimeout) is not { } hello)
            {
                Refused(from, "no-hello");
                return;
            }
            if (!_served.TryGetValue(hello.TransferId, out var served))
            {
                // A member may be early, or late: nothing to tell anyone.
                Handshake.Answer(socket, Welcome.Only(HelloStatus.Unknown), default, message);
                return;
            }
            var key = served.Key;
            var dataKey = Handshake.DataKey(key, challenge, message);
            if (!Handshake.Proven(key, challenge, message))
            {
                Refused(from, "no-key");
                return;
            }
            _unproven.Leave(from);
            counted = false;
            socket.ReceiveTimeout = socket.SendTimeout = 0;
            served.Handle(socket, hello, welcome => Handshake.Answer(socket, welcome, key, message), dataKey);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection ended; whoever cares sees it on its own side.
        }
        finally
        {
            if (counted)
                _unproven.Leave(from);
            _open.TryRemove(socket, out _);
            socket.Dispose();
        }
    }

    // Null when it is gone, and its address with it.
    private static IPAddress? AddressOf(Socket socket)
    {
        try
        {
            return (socket.RemoteEndPoint as IPEndPoint)?.Address;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Stops listening and breaks every connection that came in here.</summary>
    public void Dispose()
    {
        _stopped = true;
        Wire.Break(_socket);
        _socket.Dispose();
        foreach (var socket in _open.Keys)
            Wire.Break(socket);
    }
}
