using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>The serving side of everything outside the line: own service, single blocks for repair, probes.</summary>
internal sealed class RangeService(Member member, IStore store, Func<bool> lineBusy)
{
    private static readonly TimeSpan RepairWait = TimeSpan.FromSeconds(2);

    private int _active;
    private long _heldAt;

    /// <summary>How many are served now.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Somebody was told to come again not long ago.</summary>
    public bool Awaited => Volatile.Read(ref _heldAt) is var at and not 0 && member.Time.GetElapsedTime(at) < TimeSpan.FromSeconds(5);

    public void Serve(Socket socket, Hello hello, Func<Welcome, bool> answer)
    {
        Interlocked.Increment(ref _active);
        try
        {
            ServeOne(socket, hello, answer);
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }

    private void ServeOne(Socket socket, Hello hello, Func<Welcome, bool> answer)
    {
        if (member.Stopped || hello.From < 0 || hello.Length < 0 || hello.From > store.Length)
        {
            answer(Welcome.Only(HelloStatus.Refused));
            return;
        }
        var end = Math.Min(store.Length, hello.From + hello.Length);
        var lowest = store.LowestFrom(hello.From);
        if (hello.Kind == HelloKind.Own && !member.InLine)
        {
            answer(Welcome.Only(HelloStatus.NotInLine));
            return;
        }
        if (lowest > hello.From)
        {
            answer(new Welcome(HelloStatus.NotHere, member.Plan.Epoch, lowest, 0, 0));
            return;
        }
        // A whole image beside the line would halve it; the gap of a node in the line is part of the line.
        if (hello.Kind == HelloKind.Own && hello.Length > 2L * member.Tunables.RingBytes && lineBusy())
        {
            Volatile.Write(ref _heldAt, member.Time.GetTimestamp());
            answer(Welcome.Only(HelloStatus.Busy));
            return;
        }
        if (hello.Kind == HelloKind.Repair)
            Repair(socket, hello, end, answer);
        else if (answer(new Welcome(HelloStatus.Ok, member.Plan.Epoch, hello.From, end - hello.From, 0)))
            Send(socket, hello.From, end, hello.Kind != HelloKind.Probe);
    }

    // Waits until this member has the block right itself, so that the answer can say whether it came wrong here too.
    private void Repair(Socket socket, Hello hello, long end, Func<Welcome, bool> answer)
    {
        byte[] scratch = [];
        var deadline = member.Time.GetTimestamp();
        Taken taken;
        while ((taken = store.Take(end - 1, true, ref scratch, 100, out _)) == Taken.NotYet
               && member.Time.GetElapsedTime(deadline) < RepairWait && !member.Stopped)
        {
        }
        if (taken != Taken.Data)
        {
            answer(Welcome.Only(taken == Taken.Gone ? HelloStatus.NotHere : HelloStatus.Busy));
            return;
        }
        var culprit = store.CulpritOf(hello.Server >= 0 && hello.Session <= int.MaxValue ? (int)hello.Session : -1);
        if (answer(new Welcome(HelloStatus.Ok, member.Plan.Epoch, hello.From, end - hello.From, (ulong)(culprit + 1))))
            Send(socket, hello.From, end, verified: true);
    }

    private void Send(Socket socket, long from, long end, bool verified)
    {
        byte[] scratch = [];
        while (from < end && !member.Stopped)
        {
            switch (store.Take(from, verified, ref scratch, 100, out var data))
            {
                case Taken.Data:
                    data = data[..(int)Math.Min(Math.Min(data.Length, 256 << 10), end - from)];
                    if (!Wire.Write(socket, data))
                        return;
                    from += data.Length;
                    break;
                case Taken.Gone or Taken.Closed:
                    return;
            }
        }
    }
}
