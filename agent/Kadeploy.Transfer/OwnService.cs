using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>
/// A node served on its own: reads verified bytes from whoever holds them, first from the end of the line, whose links are idle, last from
/// the head. Whoever serves another one already sends it to that one. Also fills the gap between what a node has and what its next predecessor still holds.
/// </summary>
internal sealed class OwnService(Member member, Ring ring)
{
    private const int Nearest = 3;

    // Who was taken a moment ago may not have read so yet; to go back for that costs the sender the image once more.
    private const int Waits = 5;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);
    private volatile Socket? _socket;

    /// <summary>Who serves now, or empty.</summary>
    public string ServedBy { get; private set; } = "";

    /// <summary>Somebody holds the bytes and will give them when the line is done.</summary>
    public bool OnHold { get; private set; }

    /// <summary>Called when a feed was lost.</summary>
    public Action Lost { get; set; } = () => { };

    /// <summary>Reads from the ring's present end up to <paramref name="end"/>, from one server; returns how many bytes came.</summary>
    /// <param name="gap">Only the head is asked: those after this node cannot have what it lacks.</param>
    public long Stream(long end, bool gap = false)
    {
        OnHold = false;
        foreach (var index in gap ? [0] : Servers())
        {
            var came = From(index, end);
            if (came > 0 || member.Stopped)
                return came;
        }
        Thread.Sleep(200);
        return 0;
    }

    // Asks one member, goes where it sends, and asks it for itself if there is nothing to be had there.
    private long From(int index, long end)
    {
        var (at, instead, waits) = (index, -1, 0);
        for (var asked = 0; asked <= member.Plan.Members.Length + waits && !member.Stopped; asked++)
        {
            var plan = member.Plan;
            var from = ring.Received;
            var hello = new Hello(HelloKind.Own, plan.TransferId, plan.Epoch, member.Self, at, from, end - from, 0, instead, VerdictCode.None);
            var call = Handshake.Call(plan.Members[at].EndPoint, hello, member.Key, member.Delay.Patience(plan.Tunables.ConnectTimeout));
            if (call.Socket is { } socket)
            {
                Receive(socket, call.DataKey, at, end);
                return ring.Received - from;
            }
            OnHold |= call.Welcome?.Status == HelloStatus.Busy;
            if (call.Welcome is { Status: HelloStatus.Behind, Session: var next } && next < (ulong)plan.Members.Length && (int)next != member.Self)
                at = (int)next;
            else if (at != index && call.Welcome?.Status == HelloStatus.NotInLine && waits < Waits)
            {
                waits++;
                Thread.Sleep(Wait);
            }
            else if (at != index && instead < 0)
                (at, instead) = (index, at);
            else
                return 0;
        }
        return 0;
    }

    private void Receive(Socket socket, byte[] dataKey, int from, long end)
    {
        using (socket)
        {
            ServedBy = member.NameOf(from);
            _socket = socket;
            socket.ReceiveTimeout = (int)(member.Tunables.Silence.TotalMilliseconds * 2);
            using (var pipe = member.Pipe(socket, dataKey))
                Receive(pipe, end);
            _socket = null;
            ServedBy = "";
        }
        if (ring.Received < end)
            Lost();
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

    private void Receive(ImagePipe pipe, long end)
    {
        while (ring.Received < end && !member.Stopped)
        {
            var room = ring.TakeRoom(1 << 20, 100);
            if (room.IsEmpty)
                continue;
            int n;
            try
            {
                n = pipe.Receive(room[..(int)Math.Min(room.Length, end - ring.Received)]);
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
