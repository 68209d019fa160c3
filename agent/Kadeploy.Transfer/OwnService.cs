using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>
/// A node served on its own: reads verified bytes from whoever holds them, first from the end of the line, whose links are idle, last from
/// the head. Also fills the gap between what a node has and what its next predecessor still holds.
/// </summary>
internal sealed class OwnService(Member member, Ring ring)
{
    private const int Nearest = 3;
    private volatile Socket? _socket;

    /// <summary>Who serves now, or empty.</summary>
    public string ServedBy { get; private set; } = "";

    /// <summary>Somebody holds the bytes and will give them when the line is done.</summary>
    public bool OnHold { get; private set; }

    /// <summary>Reads from the ring's present end up to <paramref name="end"/>, from one server; returns how many bytes came.</summary>
    /// <param name="gap">Only the head is asked: those after this node cannot have what it lacks.</param>
    public long Stream(long end, bool gap = false)
    {
        OnHold = false;
        foreach (var index in gap ? [0] : Servers())
        {
            if (member.Stopped)
                return 0;
            var plan = member.Plan;
            var from = ring.Received;
            var hello = new Hello(HelloKind.Own, plan.TransferId, plan.Epoch, member.Self, index, from, end - from, 0, -1, VerdictCode.None);
            var call = Handshake.Call(plan.Members[index].EndPoint, hello, member.Key, plan.Tunables.ConnectTimeout);
            if (call.Socket is null)
            {
                OnHold |= call.Welcome?.Status == HelloStatus.Busy;
                continue;
            }
            ServedBy = member.NameOf(index);
            _socket = call.Socket;
            call.Socket.ReceiveTimeout = (int)(plan.Tunables.Silence.TotalMilliseconds * 2);
            Receive(call.Socket, end);
            _socket = null;
            call.Socket.Dispose();
            ServedBy = "";
            if (ring.Received > from)
                return ring.Received - from;
        }
        Thread.Sleep(200);
        return 0;
    }

    private IEnumerable<int> Servers()
    {
        var plan = member.Plan;
        var self = member.Self;
        var tried = 0;
        for (var i = plan.Members.Length - 1; i > 0 && tried < Nearest; i--)
            if (i != self && !plan.Dead.Contains(i))
            {
                tried++;
                yield return i;
            }
        yield return 0;
    }

    private void Receive(Socket socket, long end)
    {
        while (ring.Received < end && !member.Stopped)
        {
            var room = ring.TakeRoom(1 << 20, 100);
            if (room.IsEmpty)
                continue;
            int n;
            try
            {
                n = socket.Receive(room[..(int)Math.Min(room.Length, end - ring.Received)]);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            if (n == 0)
                return;
            ring.Fill(n);
        }
    }

    public void Abort() => Wire.Break(_socket);
}
