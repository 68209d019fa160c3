using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>
/// A node's feed: finds the nearest lower member that serves, reads the image from it into the ring from the first byte still missing, and
/// goes on to the next lower one when that member fails. Runs on one thread of its own.
/// <list type="number">
/// <item>choose: the highest index below this node's that was not passed over</item>
/// <item>link: ask for the place of its successor, saying from which byte</item>
/// <item>fill: what that member no longer holds comes from others</item>
/// <item>receive until the end, or until the link is lost; a reset is tried again once, anything else passes the member over</item>
/// </list>
/// </summary>
internal sealed class Upstream(Member member, Ring ring, OwnService own, Func<ControlFrame> status)
{
    private const int ReceiveSize = 1 << 20;

    // A relay costs each member after it the time of one piece: on a slow link less is worth waking up for.
    private const int SmallestPiece = 8 << 10;
    private const int PiecesPerSecond = 500;
    private readonly Signal _finished = new();
    private volatile bool _finishing;
    private volatile FeedSearch _search = FeedSearch.Start;
    private PredecessorLink? _link;
    private long _lastByte = member.Time.GetTimestamp();
    private int _epoch = member.Plan.Epoch;

    /// <summary>The present predecessor, or null.</summary>
    public PredecessorLink? Current => Volatile.Read(ref _link);

    /// <summary>Everything is here and everyone below has it, so only the predecessor has still to be told.</summary>
    public void Finish()
    {
        _finishing = true;
        _finished.Set();
    }

    /// <summary>Best inflow while there was room, bytes per second.</summary>
    public RateMeter Inflow { get; } = new(member.Time);

    /// <summary>Time spent waiting for room, milliseconds.</summary>
    public long RoomWaitMs { get; private set; }

    /// <summary>Called when this node was put out of the line.</summary>
    public Action OutOfLine { get; set; } = () => { };

    private bool Complete => ring.Received == ring.Length;

    /// <summary>Runs until the node has ended or fails; null when it was not the feed that failed.</summary>
    public TransferFailure? Run()
    {
        while (!member.Stopped && !(_finishing && Complete))
        {
            if (member.Plan.Epoch != _epoch)
                Restart();
            if (member.Time.GetElapsedTime(_lastByte) > member.Tunables.NoFeedLimit && !Complete)
                return new TransferFailure(_search.LastPassed <= 0 ? Party.Head : Party.Predecessor, Reasons.NoFeed,
                    $"no byte for {member.Tunables.NoFeedLimit.TotalSeconds:0} s at byte {ring.Received} of {ring.Length}");
            if (!member.InLine)
            {
                if (Complete)
                    Pause(20);
                else if (own.Stream(ring.Length) > 0 || own.OnHold)
                    Volatile.Write(ref _lastByte, member.Time.GetTimestamp());
                continue;
            }
            var candidate = Next(member.Self);
            if (candidate < 0)
            {
                _search = _search.Round();
                Pause(200);
                continue;
            }
            if (Join(candidate) is { } link)
                Follow(link);
        }
        return null;
    }

    private void Restart()
    {
        _epoch = member.Plan.Epoch;
        _search = FeedSearch.Start;
    }

    /// <summary>The member to ask after the one with this index, or -1.</summary>
    public int Next(int below) => _search.Next(below, member.Plan.Dead);

    private PredecessorLink? Join(int index)
    {
        var plan = member.Plan;
        var hello = new Hello(HelloKind.Link, plan.TransferId, plan.Epoch, member.Self, index, ring.Received, 0, 0,
            _search.LastPassed, _search.LastVerdict);
        var to = plan.Members[index].EndPoint;
        var call = Handshake.Call(to, hello, member.Key, member.Delay.Patience(plan.Tunables.ConnectTimeout));
        if (call.Socket is null)
        {
            Declined(index, call);
            return null;
        }
        var link = new PredecessorLink(index, new ControlChannel(call.Socket, member.Time).Open());
        call.Socket.SendTimeout = (int)plan.Tunables.Silence.TotalMilliseconds;
        Volatile.Write(ref _link, link);
        Interlocked.MemoryBarrier();
        var control = call.Socket;
        Threads.Start("chain-up", () =>
        {
            link.Control.ReadAll(frame => Handle(link, frame));
            link.Read.Set();
            link.Break();
            control.Dispose();
        });
        if (member.Plan.Epoch != plan.Epoch)
        {
            // Whoever took the newer plan did not see this link, and would not have ended it.
            Drop(link, VerdictCode.Replanned);
            return null;
        }
        link.Control.Send(status());
        if (call.Welcome!.From > ring.Received && own.Stream(call.Welcome.From, gap: true) == 0 && ring.Received < call.Welcome.From)
        {
            Drop(link, VerdictCode.None);
            if (own.OnHold)
                Act((_search, FeedStep.Leave), index, $"it lacks {call.Welcome.From - ring.Received} bytes of what {member.NameOf(index)} still has");
            else
                Pause(100);
            return null;
        }
        if (Complete)
            return link;
        var data = Handshake.Call(to, hello with { Kind = HelloKind.Data, From = ring.Received, Session = call.Welcome.Session }, member.Key,
            member.Delay.Patience(plan.Tunables.ConnectTimeout));
        if (data.Socket is null || data.Welcome!.From != ring.Received)
        {
            data.Socket?.Dispose();
            Drop(link, VerdictCode.None);
            Act(_search.Reset(index), index);
            return null;
        }
        (link.Data, link.DataKey) = (data.Socket, data.DataKey);
        return link;
    }

    private void Declined(int index, CallOutcome call)
    {
        var early = ring.Received == 0 && member.Age < member.Tunables.JoinGrace;
        if (Act(_search.Declined(index, call.Welcome?.Status, call.Error, early, Complete), index) == FeedStep.Again)
            Pause(call.Welcome is null ? 10 : 50);
    }

    // Takes the search where the rules say, and tells what others should know.
    private FeedStep Act((FeedSearch Search, FeedStep Step) next, int index, string? why = null, bool slow = false)
    {
        _search = next.Search;
        switch (next.Step)
        {
            case FeedStep.PassOver:
                var reason = _search.LastVerdict.Reason();
                member.Tell(Party.Predecessor, index, reason, ring.Received,
                    $"{member.Name}: predecessor {member.NameOf(index)} {reason} at byte {ring.Received}");
                break;
            case FeedStep.PassedOver when member.LeaveLine(_epoch, apart: slow):
                member.Tell(Party.Self, member.Self, Reasons.PassedOver, ring.Received,
                    $"{member.NameOf(index)} feeds a later member{(slow ? ", which found this one slow" : "")}");
                OutOfLine();
                break;
            case FeedStep.Leave when member.LeaveLine(_epoch, apart: false):
                // Each place this node took put another out. If that brought nothing, the fault is here.
                member.Tell(Party.Self, member.Self, Reasons.Left, ring.Received, $"{member.Name} leaves the line: {why ?? $"{_search.Barren} predecessors in turn gave nothing"}");
                OutOfLine();
                break;
        }
        return next.Step;
    }

    /// <summary>Receives from the link until the image is whole and settled, or the link ends.</summary>
    private void Follow(PredecessorLink link)
    {
        var had = ring.Received;
        if (link.Data is { } data)
        {
            Receive(link, data);
            data.Dispose();
        }
        while (Complete && !link.Control.Closed && !member.Stopped && !_finished.Wait(() => _finishing, 20))
        {
        }

        if (_finishing && Complete)
        {
            link.Control.Send(status());
            link.Break();
            return;
        }
        var evicted = link.Evicted;
        var verdict = link.Verdict;
        Drop(link, verdict);
        if (member.Stopped || member.Plan.Epoch != _epoch)
            return;
        Act(_search.Ended(link.Index, evicted is not null, verdict, ring.Received > had || Complete), link.Index, slow: evicted is VerdictCode.Slow);
    }

    private void Receive(PredecessorLink link, Socket data)
    {
        using var pipe = member.Pipe(data, link.DataKey);
        var lowWater = 0;
        while (!Complete && !link.Control.Closed && !member.Stopped)
        {
            var waited = member.Time.GetTimestamp();
            var room = ring.TakeRoom(ReceiveSize, 100);
            var roomWait = member.Time.GetElapsedTime(waited);
            if (roomWait.TotalMilliseconds >= 1)
            {
                RoomWaitMs += (long)roomWait.TotalMilliseconds;
                Inflow.Interrupt();
            }
            if (room.IsEmpty)
            {
                Volatile.Write(ref _lastByte, member.Time.GetTimestamp()); // held up from below, not starved
                continue;
            }
            var mark = (int)Math.Min(Math.Clamp(Inflow.Latest / PiecesPerSecond, Math.Min(SmallestPiece, ring.Unit), ring.Unit), ring.Length - ring.Received);
            // Of sealed bytes some are read ahead, into the frame that is incomplete: the rest of it may be less than the mark.
            if (mark != lowWater && !member.Plan.Sealed)
                Wire.ReceiveLowWater(data, lowWater = mark);
            int n;
            try
            {
                n = pipe.Receive(room);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                n = 0;
            }
            if (n == 0)
                break;
            ring.Fill(n);
            Inflow.Add(n);
            Volatile.Write(ref _lastByte, member.Time.GetTimestamp());
        }
        // The data ends a moment before the control connection has said why.
        if (!Complete && !member.Stopped)
            link.Read.Wait(member.Tunables.Heartbeat);
        if (!Complete)
            link.Break();
    }

    private void Handle(PredecessorLink link, ControlFrame frame)
    {
        if (frame.Kind == FrameKind.Evict)
            link.Evicted = frame.Code;
        else if (frame.Kind == FrameKind.Leave)
            link.Verdict = VerdictCode.Left;
        else if (frame.Kind == FrameKind.Probe)
        {
            if (frame.Index >= 0 && frame.Index < link.Index)
                Threads.Start("chain-probe", () => link.Control.Send(new ControlFrame(FrameKind.ProbeResult, Index: frame.Index,
                    Rate: PathProbe.Measure(member, frame.Index, frame.Received, frame.Rate))));
            return;
        }
        else
            return;
        link.Break();
    }

    private void Drop(PredecessorLink link, VerdictCode verdict)
    {
        PassOver(link, link.Verdict == VerdictCode.None ? verdict : link.Verdict);
        Volatile.Write(ref _link, null);
    }

    /// <summary>The predecessor's bytes were wrong more than once: go on without it.</summary>
    public void Distrust(int index)
    {
        if (Current is { } link && link.Index == index)
            PassOver(link, VerdictCode.Corrupt);
    }

    /// <summary>Goes on without this predecessor. It is told, so that it does not take this node for dead.</summary>
    public static void PassOver(PredecessorLink link, VerdictCode verdict)
    {
        link.Verdict = verdict;
        link.Control.Send(new ControlFrame(FrameKind.Leave, verdict == VerdictCode.Replanned ? verdict : VerdictCode.Left));
        link.Break();
    }

    /// <summary>Heartbeat, and the verdict on a predecessor that is not heard.</summary>
    public void Tick()
    {
        if (Current is not { } link || link.Control.Closed)
            return;
        if (member.Delay.Asleep)
            link.Control.Forgive();
        link.Control.Send(status());
        if (link.Control.Quiet <= member.Delay.Patience(member.Tunables.Silence))
            return;
        // While its bytes come nobody is held up, and a process that is only starved speaks again.
        if (member.Time.GetElapsedTime(Volatile.Read(ref _lastByte)) > member.Tunables.Silence / 3 || link.Control.Quiet > 2 * member.Delay.Patience(member.Tunables.Silence))
            PassOver(link, link.Control.QuietVerdict());
    }

    /// <summary>Tells the predecessor how far this node is, between heartbeats: it keeps what is not verified here.</summary>
    public void Acknowledge() => Current?.Control.Send(status());

    /// <summary>Leaves the line and tells the predecessor; false when a newer plan came first.</summary>
    public bool Leave(VerdictCode code)
    {
        if (!member.LeaveLine(_epoch, apart: code == VerdictCode.Slow))
            return false;
        if (Current is { } link)
        {
            link.Control.Send(new ControlFrame(FrameKind.Leave, code));
            link.Verdict = VerdictCode.Left;
            link.Break();
        }
        return true;
    }

    /// <summary>Ends the feed now.</summary>
    public void Abort() => Current?.Break();

    /// <summary>A newer plan was taken: the link is one of the former epoch.</summary>
    public void Replan()
    {
        if (Current is { } link)
            PassOver(link, VerdictCode.Replanned);
    }

    private void Pause(int milliseconds)
    {
        if (!member.Stopped)
            Thread.Sleep(milliseconds);
    }
}
