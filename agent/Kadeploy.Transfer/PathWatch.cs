namespace Kadeploy.Transfer;

/// <summary>
/// Finds out whether this node is the place where the line is slow, and whose fault that is. Only the two ends of the slowest link can see it: the
/// sender always has bytes, the receiver always has room. The receiver watches; before anyone is put out it wants proof that another pair does better:
/// <list type="bullet">
/// <item>it reads from its predecessor's predecessor itself: much faster means that the predecessor is at fault, and is passed over</item>
/// <item>its successor reads from the predecessor: much faster means that this node is at fault, and it leaves the line</item>
/// <item>neither: the path is what it is (a shared uplink, say) and nobody is put out</item>
/// </list>
/// The same for the sink: a node whose ring is full because its sink takes much less than most of the line's leaves the line.
/// A machine that does not let this process run says nothing of a path: then none is judged.
/// </summary>
internal sealed class PathWatch(Member member, Ring ring, Upstream upstream, Downstream downstream, SinkPump sink)
{
    private const int Window = 250, Windows = 3;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);
    private long _received, _came, _roomWait, _judged;
    private int _slow, _full;
    private bool _probedEarly;

    public void Run()
    {
        while (!member.Stopped && ring.Received < ring.Length)
        {
            var slept = member.Time.GetTimestamp();
            Thread.Sleep(Window);
            var late = member.Time.GetElapsedTime(slept).TotalMilliseconds > 1.5 * Window || member.Delay.Starved;
            if (!member.InLine || upstream.Current is not { } link || link.Control.Closed)
            {
                (_slow, _full) = (0, 0);
                continue;
            }
            Sink(link);
            if (late)
            {
                (_slow, _received, _roomWait) = (0, ring.Received, upstream.RoomWaitMs);
                continue;
            }
            if (Starved(link) && (_judged == 0 || member.Time.GetElapsedTime(_judged) > Between))
                Judge(link);
        }
    }

    // True after three windows in which there was room here and bytes there, and what came was below the floor.
    private bool Starved(PredecessorLink link)
    {
        var came = ring.Received - _received;
        _received = ring.Received;
        var waited = upstream.RoomWaitMs - _roomWait;
        _roomWait = upstream.RoomWaitMs;
        var best = Math.Max(upstream.Inflow.Best, link.Control.Last.Rate);
        var known = best > 0 && (link.Index > 0 || upstream.Inflow.Best > 0);
        var slow = Speaks(link) && waited < Window / 5 && link.Control.Last.Received > ring.Received + 2 * ring.Unit
            && (known && came * 1000 / Window < best * member.Tunables.SlowFloor || (link.Index == 0 && !_probedEarly));
        (_slow, _came) = slow ? (_slow + 1, _came + came) : (0, 0);
        return _slow >= Windows;
    }

    // Who says nothing is frozen or silent, not slow: that is for the heartbeats to find.
    private bool Speaks(PredecessorLink link) => link.Control.Quiet < 3 * member.Tunables.Heartbeat;

    private void Judge(PredecessorLink link)
    {
        var rate = Math.Max(1, _came * 1000 / Window / _slow);
        _judged = member.Time.GetTimestamp();
        _probedEarly |= link.Index == 0;
        (_slow, _came) = (0, 0);
        var enough = (long)(rate / member.Tunables.SlowFloor);
        var successor = downstream.Current;
        successor?.Control.Send(new ControlFrame(FrameKind.Probe, Index: link.Index, Received: ring.Received, Rate: enough));
        var other = upstream.Next(link.Index);
        var fromOther = other >= 0 ? PathProbe.Measure(member, other, ring.Received, enough) : 0;
        var bySuccessor = successor is null ? 0 : Downstream.ProbeResult(successor, TimeSpan.FromSeconds(1));
        if (!Speaks(link))
            return; // it stopped while the paths were measured
        var tail = successor is null && link.Index > 0 && fromOther == 0;
        if (bySuccessor > 0 || tail)
            Leave($"{rate / 1e6:0.0} MB/s from {member.NameOf(link.Index)}, which gives others {bySuccessor / 1e6:0.0} MB/s");
        else if (fromOther > 0)
            Upstream.PassOver(link, VerdictCode.Slow);
    }

    private void Sink(PredecessorLink link)
    {
        var full = ring.Received - ring.Sunk > ring.Capacity * 9 / 10;
        _full = full ? _full + 1 : 0;
        if (_full < 2 * Windows || sink.Rate <= 0)
            return;
        var below = downstream.Current?.Control.Last.Sinks ?? default;
        var median = link.Control.Last.Sinks.Plus(below).With(sink.Rate).Median;
        if (sink.Rate < median * member.Tunables.SlowFloor)
            Leave($"the sink takes {sink.Rate / 1e6:0.0} MB/s, most of the line's at least {median / 1e6:0.0} MB/s");
    }

    private void Leave(string why)
    {
        // Not if a newer plan came first: that one has put it into the line again.
        if (!upstream.Leave(VerdictCode.Slow))
            return;
        member.Tell(Party.Self, member.Self, Reasons.Slow, ring.Received, $"{member.Name} leaves the line: {why}");
        downstream.Leave(VerdictCode.Slow);
    }
}
