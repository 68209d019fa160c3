using System.Net.Sockets;
using System.Security.Cryptography;

namespace Kadeploy.Transfer;

/// <summary>
/// A member's place for its successor. There is one at a time, so the line cannot fork; it always has a higher index, so it cannot loop.
/// A caller with a higher index than the present successor has passed that one over and takes its place; one with a lower index has been
/// passed over itself.
/// </summary>
internal sealed class Downstream(Member member, IStore store, Action roomChanged, Func<ControlFrame> status)
{
    private const int SendSize = 1 << 20;
    private readonly object _gate = new();
    private SuccessorLink? _link;
    private Place _place = Place.Vacant;
    private int _epoch = member.Plan.Epoch;
    private long _pin, _lostAt = member.Time.GetTimestamp();

    /// <summary>The present successor, or null.</summary>
    public SuccessorLink? Current
    {
        get
        {
            lock (_gate)
                return _link;
        }
    }

    /// <summary>Bytes that may be received: what the successor, or the one expected, still has to get must stay in the ring.</summary>
    public long Limit(long capacity)
    {
        var link = Volatile.Read(ref _link);
        if (link is not null)
        {
            // What the successor may have to ask for again stays, and so does history for its own successor: docs/chain-protocol.md, "The ring".
            return Math.Min(link.Cursor + capacity * 3 / 8, Math.Max(link.Control.Last.Verified, link.From) + capacity);
        }
        return !Expecting ? long.MaxValue : Volatile.Read(ref _pin) + (_place.Last < 0 ? capacity : capacity / 2);
    }

    /// <summary>Nobody after this member needs it any more.</summary>
    public bool Settled
    {
        get
        {
            lock (_gate)
                return _place.Settled(member.InLine, member.Self, member.Plan.Members.Length, member.Plan.Dead, GraceOver);
        }
    }

    private bool Expecting
    {
        get
        {
            lock (_gate)
                return !GraceOver && _place.Expects(member.Self, member.Plan.Members.Length, member.Plan.Dead);
        }
    }

    // Whoever was never here may not have its plan yet, or must first find those between dead; the very next one has nobody to find dead.
    private bool GraceOver => member.Time.GetElapsedTime(_lostAt) >= (_place.Last >= 0 ? member.Tunables.SuccessorGrace
        : member.Self < member.Plan.Members.Length - 2 ? member.Tunables.JoinGrace + member.Tunables.ConnectTimeout : member.Tunables.JoinGrace);

    /// <summary>A caller asks for the place. Serves its control connection until that ends.</summary>
    public void Link(Socket socket, Hello hello, Func<Welcome, bool> answer)
    {
        SuccessorLink? link = null;
        HelloStatus given;
        int epoch;
        lock (_gate)
        {
            var plan = Renew();
            epoch = plan.Epoch;
            var before = _place;
            (_place, given) = before.Asked(hello.Caller, hello.Epoch, hello.Server, plan.IndexOf(member.Name), plan.Members.Length, epoch,
                member.InLine && !member.Stopped, Behind(hello.From));
            if (given == HelloStatus.Ok)
                link = Admit(socket, hello, before.Loses(hello.Caller, hello.Accused, hello.Verdict));
        }
        if (link is null)
        {
            answer(Welcome.Only(given) with { Epoch = epoch });
            return;
        }
        if (answer(new Welcome(HelloStatus.Ok, epoch, link.Cursor, store.Length - link.Cursor, link.Session)))
        {
            link.Control.Open().Send(status());
            link.Control.ReadAll(frame => Handle(link, frame));
        }
        Lost(link);
    }

    private SuccessorLink Admit(Socket socket, Hello hello, VerdictCode loses)
    {
        if (_link is { } old)
        {
            (old.Verdict, old.Accuser) = (loses, hello.Caller);
            if (loses != VerdictCode.Replanned)
                old.Control.Send(new ControlFrame(FrameKind.Evict, loses, Index: hello.Caller));
            old.Break();
        }
        var control = new ControlChannel(socket, member.Time);
        socket.SendTimeout = (int)member.Tunables.Silence.TotalMilliseconds;
        var session = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
        var link = new SuccessorLink(hello.Caller, session, control, store.LowestFrom(hello.From));
        Volatile.Write(ref _link, link);
        Volatile.Write(ref _pin, link.Cursor);
        return link;
    }

    // Someone who starts late or restarted from far back must not hold up the line, which has gone on.
    private bool Behind(long from) => from < Math.Max(Volatile.Read(ref _pin), store.Reached) - 2L * member.Tunables.RingBytes;

    private void Handle(SuccessorLink link, ControlFrame frame)
    {
        roomChanged();
        if (frame.Kind == FrameKind.Leave)
        {
            link.Verdict = frame.Code == VerdictCode.None ? VerdictCode.Left : frame.Code;
            link.Break();
        }
        else if (frame.Kind == FrameKind.ProbeResult)
            link.Probed.TrySetResult(frame.Rate);
        else if (frame.Kind == FrameKind.Status && frame.SubtreeDone)
        {
            lock (_gate)
                if (_link == link)
                    _place = _place.Done();
            member.Changed.Set();
        }
    }

    private void Lost(SuccessorLink link)
    {
        link.Break();
        // Told before the place is vacant: that may be all that this member waited for, and who has ended tells nothing.
        Tell(link);
        lock (_gate)
            if (_link == link)
                Vacate(link);
        roomChanged();
        member.Changed.Set();
    }

    private void Tell(SuccessorLink link)
    {
        bool done;
        lock (_gate)
            done = _place.SubtreeDone;
        if (done || member.Stopped || link.Verdict is VerdictCode.Replanned)
            return;
        var code = link.Verdict == VerdictCode.None ? VerdictCode.Dead : link.Verdict;
        member.Tell(Party.Successor, link.Index, code.Reason(), link.Cursor,
            $"{member.Name}: successor {member.NameOf(link.Index)} {code.Reason()} at byte {link.Cursor}{(link.Accuser < 0 ? "" : $", says {member.NameOf(link.Accuser)}, which takes its place")}",
            link.Accuser);
    }

    private void Vacate(SuccessorLink link)
    {
        Volatile.Write(ref _pin, Math.Min(link.Cursor, Math.Max(link.Control.Last.Received, _pin)));
        Volatile.Write(ref _link, null);
        _place = _place.Vacated();
        _lostAt = member.Time.GetTimestamp();
    }

    /// <summary>The data connection of an accepted link: raw bytes from its offset to the end of the image.</summary>
    public void Data(Socket socket, Hello hello, Func<Welcome, bool> answer, byte[] dataKey)
    {
        var link = Current;
        if (link is null || link.Session != hello.Session || link.Data is not null)
        {
            answer(Welcome.Only(HelloStatus.Refused));
            return;
        }
        link.Data = socket;
        if (!answer(new Welcome(HelloStatus.Ok, hello.Epoch, link.Cursor, store.Length - link.Cursor, link.Session)))
            return;
        using var pipe = member.Pipe(socket, dataKey);
        // What is sealed is not sent piece by piece as the socket takes it.
        link.Flows = !member.Plan.Sealed;
        byte[] scratch = [];
        while (!link.Control.Closed && link.Cursor < store.Length)
        {
            Taken taken;
            lock (link.Sending)
            {
                taken = store.Take(link.Cursor, verified: false, ref scratch, 0, out var data);
                if (taken == Taken.Data)
                {
                    data = data[..Math.Min(data.Length, SendSize)];
                    if (!pipe.Write(data))
                        taken = Taken.Closed;
                    else
                        link.Cursor += data.Length;
                }
            }
            if (taken == Taken.Data)
                roomChanged();
            else if (taken == Taken.NotYet)
                store.Await(link.Cursor, 100);
            else
            {
                link.Break();
                return;
            }
        }
    }

    /// <summary>
    /// Called by the feed when bytes came: what the successor's socket takes of them at once goes on without another thread being woken for it, while
    /// the processor still has them in its cache. False: something is left for the thread that serves the link.
    /// </summary>
    public bool Forward()
    {
        if (Volatile.Read(ref _link) is not { Flows: true, Data: { } socket } link || !link.Sending.TryEnter())
            return false;
        try
        {
            // Who is further behind is served from where its bytes lie, which may be a disk.
            byte[] none = [];
            while (store.Reached - link.Cursor <= SendSize && store.Take(link.Cursor, verified: false, ref none, 0, out var data) == Taken.Data)
            {
                var sent = Wire.TryWrite(socket, data[..Math.Min(data.Length, SendSize)]);
                link.Cursor += sent;
                if (sent < Math.Min(data.Length, SendSize))
                    return false;
            }
            return link.Cursor == store.Reached;
        }
        finally
        {
            link.Sending.Exit();
        }
    }

    /// <summary>What the successor answered to the last probe frame; 0 when nothing came in time.</summary>
    public static long ProbeResult(SuccessorLink link, TimeSpan wait)
    {
        var result = link.Probed.Task.Wait(wait) ? link.Probed.Task.Result : 0;
        link.Probed = new();
        return result;
    }

    /// <summary>The line's data passes here now, or soon will: what is not the line's must wait.</summary>
    public bool LineBusy => !Settled;

    /// <summary>Heartbeat, and the verdict on a successor that is not heard.</summary>
    public void Tick()
    {
        if (Current is not { } link)
            return;
        if (member.Delay.Asleep)
            link.Control.Forgive();
        link.Control.Send(status());
        if (link.Control.Quiet > member.Delay.Patience(member.Tunables.Silence))
        {
            link.Verdict = link.Control.QuietVerdict();
            link.Control.Send(new ControlFrame(FrameKind.Leave, VerdictCode.Left));
            link.Break();
        }
    }

    /// <summary>A newer plan was taken: the place is vacant, and asked for anew.</summary>
    public void Replan()
    {
        lock (_gate)
            Renew();
    }

    // The plan as of now, with the place cleared of whoever had it in an older one.
    private TransferPlan Renew()
    {
        var plan = member.Plan;
        if (plan.Epoch == _epoch)
            return plan;
        _epoch = plan.Epoch;
        Leave(VerdictCode.Replanned);
        if (_link is { } link)
            Vacate(link);
        _lostAt = member.Time.GetTimestamp();
        _place = _place.Replanned();
        return plan;
    }

    /// <summary>This member leaves the line or ends: its successor goes on to the next lower one.</summary>
    public void Leave(VerdictCode code)
    {
        if (Current is not { } link)
            return;
        link.Verdict = VerdictCode.Replanned;
        link.Control.Send(new ControlFrame(FrameKind.Leave, code));
        link.Break();
    }
}
