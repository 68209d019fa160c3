using System.Collections.Concurrent;
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
    private const int ReceiveSize = 1 << 20, MostBarren = 3;
    private readonly ConcurrentDictionary<int, VerdictCode> _passed = new();
    private readonly Signal _finished = new();
    private volatile bool _finishing;
    private PredecessorLink? _link;
    private long _lastByte = member.Time.GetTimestamp();
    private int _lastPassed = -1, _resets, _barren, _epoch = member.Plan.Epoch;

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
                return new TransferFailure(_lastPassed <= 0 ? Party.Head : Party.Predecessor, Reasons.NoFeed,
                    $"no byte for {member.Tunables.NoFeedLimit.TotalSeconds:0} s at byte {ring.Received} of {ring.Length}");
            if (!member.InLine)
            {
                if (Complete)
                    Pause(20);
                else if (own.Stream(ring.Length) > 0 || own.OnHold)
                    _lastByte = member.Time.GetTimestamp();
                continue;
            }
            var candidate = Choose();
            if (candidate < 0)
            {
                _passed.Clear();
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
        _passed.Clear();
        _lastPassed = -1;
    }

    private int Choose() => Next(member.Self);

    /// <summary>The member to ask after the one with this index, or -1.</summary>
    public int Next(int below)
    {
        for (var i = below - 1; i >= 0; i--)
            if (!_passed.ContainsKey(i) && !member.Plan.Dead.Contains(i))
                return i;
        return -1;
    }

    private PredecessorLink? Join(int index)
    {
        var plan = member.Plan;
        var hello = new Hello(HelloKind.Link, plan.TransferId, plan.Epoch, member.Self, index, ring.Received, 0, 0,
            _lastPassed, _passed.GetValueOrDefault(_lastPassed));
        var to = plan.Members[index].EndPoint;
        var call = Handshake.Call(to, hello, member.Key, plan.Tunables.ConnectTimeout);
        if (call.Socket is null)
        {
            Declined(index, call);
            return null;
        }
        var link = new PredecessorLink(index, new ControlChannel(call.Socket, member.Time).Open());
        call.Socket.SendTimeout = (int)plan.Tunables.Silence.TotalMilliseconds;
        Volatile.Write(ref _link, link);
        var control = call.Socket;
        Threads.Start("chain-up", () =>
        {
            link.Control.ReadAll(frame => Handle(link, frame));
            link.Break();
            control.Dispose();
        });
        link.Control.Send(status());
        if (call.Welcome!.From > ring.Received && own.Stream(call.Welcome.From, gap: true) == 0 && ring.Received < call.Welcome.From)
        {
            Drop(link, VerdictCode.None);
            Pause(100);
            return null;
        }
        if (Complete)
            return link;
        var data = Handshake.Call(to, hello with { Kind = HelloKind.Data, From = ring.Received, Session = call.Welcome.Session }, member.Key,
            plan.Tunables.ConnectTimeout);
        if (data.Socket is null || data.Welcome!.From != ring.Received)
        {
            data.Socket?.Dispose();
            Drop(link, VerdictCode.None);
            Reset(index);
            return null;
        }
        link.Data = data.Socket;
        return link;
    }

    private void Declined(int index, CallOutcome call)
    {
        if (call.Welcome is { } welcome)
        {
            switch (welcome.Status)
            {
                case HelloStatus.PassedOver:
                    member.Tell(Party.Self, member.Self, Reasons.PassedOver, ring.Received, $"{member.NameOf(index)} feeds a later member");
                    member.LeaveLine();
                    OutOfLine();
                    break;
                case HelloStatus.OldPlan or HelloStatus.NewPlan:
                    Pause(50);
                    break;
                default:
                    _passed[index] = VerdictCode.None;
                    break;
            }
            return;
        }
        var early = ring.Received == 0 && member.Age < member.Tunables.JoinGrace;
        if (early && call.Error is CallError.RefusedByHost or CallError.Unknown && member.Age < member.Tunables.JoinGrace)
        {
            Pause(10);
            return;
        }
        Pass(index, call.Error switch
        {
            CallError.NoRoute or CallError.NoAnswerFromHost => VerdictCode.Silent,
            CallError.Unanswered => VerdictCode.Frozen,
            CallError.Foreign => VerdictCode.Foreign,
            _ => VerdictCode.Dead,
        });
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
        _barren = ring.Received > had || Complete ? 0 : _barren + 1;
        if (evicted)
        {
            member.Tell(Party.Self, member.Self, Reasons.PassedOver, ring.Received, $"{member.NameOf(link.Index)} feeds a later member instead");
            member.LeaveLine();
            OutOfLine();
        }
        else if (_barren >= MostBarren)
        {
            // Each place this node took put another out. If that brought nothing, the fault is here.
            member.Tell(Party.Self, member.Self, Reasons.Left, ring.Received, $"{member.Name}: {_barren} predecessors in turn gave nothing");
            member.LeaveLine();
            OutOfLine();
        }
        else if (verdict == VerdictCode.None)
            Reset(link.Index);
        else if (verdict == VerdictCode.Left)
            _passed[link.Index] = VerdictCode.None;
        else
            Pass(link.Index, verdict);
    }

    private void Receive(PredecessorLink link, Socket data)
    {
        var unit = ring.Unit;
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
                _lastByte = member.Time.GetTimestamp(); // held up from below, not starved
                continue;
            }
            var mark = (int)Math.Min(unit, ring.Length - ring.Received);
            if (mark != lowWater)
                Wire.ReceiveLowWater(data, lowWater = mark);
            int n;
            try
            {
                n = data.Receive(room);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                n = 0;
            }
            if (n == 0)
                break;
            ring.Fill(n);
            Inflow.Add(n);
            _lastByte = member.Time.GetTimestamp();
            _resets = 0;
        }
        if (!Complete)
            link.Break();
    }

    private void Handle(PredecessorLink link, ControlFrame frame)
    {
        if (frame.Kind == FrameKind.Evict)
            link.Evicted = true;
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

    // A reset may be the connection's and not the member's: try the same one again once, then pass it over.
    private void Reset(int index)
    {
        if (++_resets > 1)
            Pass(index, VerdictCode.Dead);
    }

    private void Pass(int index, VerdictCode code)
    {
        _resets = 0;
        _passed[index] = code;
        _lastPassed = index;
        member.Tell(Party.Predecessor, index, code.Reason(), ring.Received,
            $"{member.Name}: predecessor {member.NameOf(index)} {code.Reason()} at byte {ring.Received}");
    }

    private void Drop(PredecessorLink link, VerdictCode verdict)
    {
        if (link.Verdict == VerdictCode.None)
            link.Verdict = verdict;
        link.Break();
        Volatile.Write(ref _link, null);
    }

    /// <summary>The predecessor's bytes were wrong more than once: go on without it.</summary>
    public void Distrust(int index)
    {
        if (Current is { } link && link.Index == index)
            PassOver(link, VerdictCode.Corrupt);
    }

    /// <summary>Goes on without this predecessor.</summary>
    public static void PassOver(PredecessorLink link, VerdictCode verdict)
    {
        link.Verdict = verdict;
        link.Break();
    }

    /// <summary>Heartbeat, and the verdict on a predecessor that is not heard.</summary>
    public void Tick(bool asleep)
    {
        if (Current is not { } link || link.Control.Closed)
            return;
        if (asleep)
            link.Control.Forgive();
        link.Control.Send(status());
        if (link.Control.Quiet > member.Tunables.Silence)
        {
            link.Verdict = link.Control.QuietVerdict();
            link.Break();
        }
    }

    /// <summary>Tells the predecessor how far this node is, between heartbeats: it keeps what is not verified here.</summary>
    public void Acknowledge() => Current?.Control.Send(status());

    /// <summary>Tells the predecessor that this node leaves the line.</summary>
    public void Leave(VerdictCode code)
    {
        member.LeaveLine();
        if (Current is { } link)
        {
            link.Control.Send(new ControlFrame(FrameKind.Leave, code));
            link.Verdict = VerdictCode.Left;
            link.Break();
        }
    }

    /// <summary>Ends the feed now.</summary>
    public void Abort() => Current?.Break();

    private void Pause(int milliseconds)
    {
        if (!member.Stopped)
            Thread.Sleep(milliseconds);
    }
}
