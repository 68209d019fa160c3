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
    private int _lastIndex = -1;
    private long _pin, _lostAt = member.Time.GetTimestamp();
    private bool _subtreeDone;

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
        return !Expecting ? long.MaxValue : Volatile.Read(ref _pin) + (_lastIndex < 0 ? capacity : capacity / 2);
    }

    /// <summary>Nobody after this member needs it any more.</summary>
    public bool Settled
    {
        get
        {
            lock (_gate)
                return _subtreeDone || !member.InLine || (_link is null && !Expecting);
        }
    }

    private bool Expecting
    {
        get
        {
            lock (_gate)
            {
                if (_link is not null || _subtreeDone)
                    return false;
                var plan = member.Plan;
                var after = Math.Max(plan.IndexOf(member.Name), _lastIndex);
                var somebody = false;
                for (var i = after + 1; i < plan.Members.Length && !somebody; i++)
                    somebody = !plan.Dead.Contains(i);
                var grace = member.Tunables.SuccessorGrace + (_lastIndex < 0 ? member.Tunables.JoinGrace : default);
                return somebody && member.Time.GetElapsedTime(_lostAt) < grace;
            }
        }
    }

    /// <summary>A caller asks for the place. Serves its control connection until that ends.</summary>
    public void Link(Socket socket, Hello hello, Func<Welcome, bool> answer)
    {
        var plan = member.Plan;
        var self = plan.IndexOf(member.Name);
        if (Refusal(hello, plan, self) is { } refusal)
        {
            answer(Welcome.Only(refusal) with { Epoch = plan.Epoch });
            return;
        }
        SuccessorLink link;
        lock (_gate)
        {
            if (_link is { } present && present.Index > hello.Caller || hello.Caller < _lastIndex && Behind(hello.From))
            {
                answer(Welcome.Only(HelloStatus.PassedOver));
                return;
            }
            if (_link is { } old)
            {
                var accused = old.Index != hello.Caller;
                old.Verdict = accused ? hello.Verdict == VerdictCode.None ? VerdictCode.PassedOver : hello.Verdict : VerdictCode.Replanned;
                if (accused)
                    old.Control.Send(new ControlFrame(FrameKind.Evict, VerdictCode.PassedOver, Index: hello.Caller));
                old.Break();
            }
            var control = new ControlChannel(socket, member.Time);
            socket.SendTimeout = (int)member.Tunables.Silence.TotalMilliseconds;
            var session = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
            link = new SuccessorLink(hello.Caller, session, control, store.LowestFrom(hello.From));
            Volatile.Write(ref _link, link);
            _lastIndex = hello.Caller;
            _subtreeDone = false;
            Volatile.Write(ref _pin, link.Cursor);
        }
        if (answer(new Welcome(HelloStatus.Ok, plan.Epoch, link.Cursor, store.Length - link.Cursor, link.Session)))
        {
            link.Control.Open().Send(status());
            link.Control.ReadAll(frame => Handle(link, frame));
        }
        Lost(link);
    }

    private HelloStatus? Refusal(Hello hello, TransferPlan plan, int self) =>
        !member.InLine || member.Stopped ? HelloStatus.NotInLine
        : hello.Epoch < plan.Epoch ? HelloStatus.OldPlan
        : hello.Epoch > plan.Epoch ? HelloStatus.NewPlan
        : hello.Caller <= self || hello.Caller >= plan.Members.Length || hello.Server != self ? HelloStatus.Refused
        : null;

    // Someone who restarted from far back must not hold the line: what comes after it has long been here.
    private bool Behind(long from) => from < Volatile.Read(ref _pin) - 2L * member.Tunables.RingBytes;

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
                    _subtreeDone = true;
            member.Changed.Set();
        }
    }

    private void Lost(SuccessorLink link)
    {
        link.Break();
        bool present, done;
        lock (_gate)
        {
            present = _link == link;
            done = _subtreeDone;
            if (present)
            {
                Volatile.Write(ref _pin, Math.Min(link.Cursor, Math.Max(link.Control.Last.Received, _pin)));
                Volatile.Write(ref _link, null);
                _lostAt = member.Time.GetTimestamp();
            }
        }
        roomChanged();
        member.Changed.Set();
        if (done || member.Stopped || link.Verdict is VerdictCode.Replanned)
            return;
        var code = link.Verdict == VerdictCode.None ? VerdictCode.Dead : link.Verdict;
        member.Tell(Party.Successor, link.Index, code.Reason(), link.Cursor,
            $"{member.Name}: successor {member.NameOf(link.Index)} {code.Reason()} at byte {link.Cursor}");
    }

    /// <summary>The data connection of an accepted link: raw bytes from its offset to the end of the image.</summary>
    public void Data(Socket socket, Hello hello, Func<Welcome, bool> answer)
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
        byte[] scratch = [];
        while (!link.Control.Closed && link.Cursor < store.Length)
        {
            switch (store.Take(link.Cursor, verified: false, ref scratch, 100, out var data))
            {
                case Taken.Data:
                    data = data[..Math.Min(data.Length, SendSize)];
                    if (!Wire.Write(socket, data))
                    {
                        link.Break();
                        return;
                    }
                    link.Cursor += data.Length;
                    roomChanged();
                    break;
                case Taken.Gone or Taken.Closed:
                    link.Break();
                    return;
            }
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
    public void Tick(bool asleep)
    {
        if (Current is not { } link)
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
