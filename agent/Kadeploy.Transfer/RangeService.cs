using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>
/// The serving side of everything outside the line: own service, single blocks for repair, probes. A member gives the image to one node outside the
/// line; the next one is sent to that one, so late nodes make a chain of their own.
/// </summary>
/// <param name="moved">Called when one that is served has got more.</param>
/// <param name="fed">Whether this member, being outside the line itself, has a feed or all of the image: else it would promise what it does not get.</param>
internal sealed class RangeService(Member member, IStore store, Func<bool> lineBusy, Func<bool> fed, Action moved)
{
    private static readonly TimeSpan RepairWait = TimeSpan.FromSeconds(2);

    private readonly List<OwnStream> _streams = [];
    private int _active;
    private long _heldAt;

    /// <summary>How many are served now.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Somebody was told to come again not long ago.</summary>
    public bool Awaited => Volatile.Read(ref _heldAt) is var at and not 0 && member.Time.GetElapsedTime(at) < TimeSpan.FromSeconds(5);

    /// <summary>What a member outside the line may receive without leaving those behind that it serves; see <see cref="OwnStream.Limit"/>.</summary>
    public long Limit(long received, long capacity)
    {
        var limit = long.MaxValue;
        if (!member.InLine)
            lock (_streams)
                foreach (var stream in _streams)
                    limit = Math.Min(limit, stream.Limit(received, capacity / 2, member.Tunables.SuccessorGrace));
        return limit;
    }

    /// <summary>This member lost its own feed: those behind it ask elsewhere, before it asks anybody, so no two wait for each other.</summary>
    public void LetGo()
    {
        lock (_streams)
            foreach (var stream in _streams)
                Wire.Break(stream.Socket);
    }

    public void Serve(Socket socket, Hello hello, Func<Welcome, bool> answer, byte[] dataKey)
    {
        Interlocked.Increment(ref _active);
        try
        {
            using var pipe = member.Pipe(socket, dataKey);
            ServeOne(socket, pipe, hello, answer);
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }

    private void ServeOne(Socket socket, ImagePipe pipe, Hello hello, Func<Welcome, bool> answer)
    {
        if (member.Stopped || hello.From < 0 || hello.Length < 0 || hello.From > store.Length)
        {
            answer(Welcome.Only(HelloStatus.Refused));
            return;
        }
        var end = Math.Min(store.Length, hello.From + hello.Length);
        var lowest = store.LowestFrom(hello.From);
        if (hello.Kind == HelloKind.Own && !member.InLine && !fed())
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
        var large = hello.Kind == HelloKind.Own && hello.Length > 2L * member.Tunables.RingBytes;
        if (large && lineBusy())
        {
            Volatile.Write(ref _heldAt, member.Time.GetTimestamp());
            answer(Welcome.Only(HelloStatus.Busy));
            return;
        }
        if (large)
            Own(socket, pipe, hello, end, answer);
        else if (hello.Kind == HelloKind.Repair)
            Repair(pipe, hello, end, answer);
        else if (answer(new Welcome(HelloStatus.Ok, member.Plan.Epoch, hello.From, end - hello.From, 0)))
            Send(pipe, hello.From, end, hello.Kind != HelloKind.Probe);
    }

    private void Own(Socket socket, ImagePipe pipe, Hello hello, long end, Func<Welcome, bool> answer)
    {
        var stream = new OwnStream(hello.Caller, socket, hello.From, member.Time);
        OwnStream? last;
        lock (_streams)
        {
            // A caller that names somebody was sent there, and did not find its bytes.
            last = hello.Accused >= 0 ? null : _streams.FindLast(s => s.Caller != hello.Caller);
            if (last is null)
                _streams.Add(stream);
        }
        if (last is not null)
        {
            answer(Welcome.Only(HelloStatus.Behind) with { Epoch = member.Plan.Epoch, Session = (ulong)last.Caller });
            return;
        }
        try
        {
            if (answer(new Welcome(HelloStatus.Ok, member.Plan.Epoch, hello.From, end - hello.From, 0)))
                Send(pipe, hello.From, end, verified: true, stream);
        }
        finally
        {
            lock (_streams)
                _streams.Remove(stream);
            moved();
        }
    }

    // Waits until this member has the block right itself, so that the answer can say whether it came wrong here too.
    private void Repair(ImagePipe pipe, Hello hello, long end, Func<Welcome, bool> answer)
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
            Send(pipe, hello.From, end, verified: true);
    }

    private void Send(ImagePipe pipe, long from, long end, bool verified, OwnStream? stream = null)
    {
        byte[] scratch = [];
        while (from < end && !member.Stopped)
        {
            switch (store.Take(from, verified, ref scratch, 100, out var data))
            {
                case Taken.Data:
                    data = data[..(int)Math.Min(data.Length, end - from)];
                    if (!pipe.Write(data))
                        return;
                    from += data.Length;
                    if (stream is not null)
                    {
                        stream.Cursor = from;
                        moved();
                    }
                    break;
                case Taken.Gone or Taken.Closed:
                    return;
            }
        }
    }
}
