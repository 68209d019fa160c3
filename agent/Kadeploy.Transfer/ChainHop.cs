using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>
/// A receiving node of a transfer: receives, verifies, writes and relays at once.
/// <code>
/// var hop = new ChainHop(listener, plan, "node-3", sink, observer);
/// var result = await hop.RunAsync(cancel);     // hop.UpdatePlan(newer) at any time
/// </code>
/// It numbers its threads: 1 feed (<see cref="Upstream"/>), 2 verify, 3 sink (<see cref="SinkPump"/>), 4 pulse; the listener's threads serve others.
/// </summary>
public sealed class ChainHop : IServed
{
    private readonly ChainListener _listener;
    private readonly Member _member;
    private readonly ISink _sink;
    private readonly Ring _ring;
    private readonly HopStore _store;
    private readonly Downstream _downstream;
    private readonly OwnService _own;
    private readonly Upstream _upstream;
    private readonly Repairer _repairer;
    private readonly RangeService _ranges;
    private readonly SinkPump _pump;
    private readonly PathWatch _watch;
    private readonly object _gate = new();
    private int _users = 1; // of the ring: this run and every connection served
    private TransferFailure? _failure;
    private TransferResult? _outcome;

    /// <summary>Prepares the node named <paramref name="self"/> of the plan; nothing happens before <see cref="RunAsync"/>.</summary>
    /// <param name="listener">The process's listener.</param>
    /// <param name="plan">The plan the controller sent.</param>
    /// <param name="self">This node's name in it.</param>
    /// <param name="sink">Where the image goes; disposed by the caller after the run.</param>
    /// <param name="observer">Told of progress and verdicts, or null.</param>
    /// <param name="time">Clock; the system's when null.</param>
    public ChainHop(ChainListener listener, TransferPlan plan, string self, ISink sink, ITransferObserver? observer = null, TimeProvider? time = null)
    {
        _listener = listener;
        _sink = sink;
        _member = new Member(plan, self, observer, time ?? TimeProvider.System);
        _ring = new Ring(plan.Manifest, plan.Tunables.RingBytes, plan.Tunables.RelayUnit);
        _store = new HopStore(_ring, sink as IReadBack);
        _downstream = new Downstream(_member, _store, _ring.Room.Set, () => Status(_upstream!.Current?.Control));
        _ring.SuccessorLimit = () => Math.Min(_downstream.Limit(_ring.Capacity), _ranges!.Limit(_ring.Received, _ring.Capacity));
        _ring.Forward = _downstream.Forward;
        _own = new OwnService(_member, _ring);
        _upstream = new Upstream(_member, _ring, _own, () => Status(_downstream.Current?.Control));
        _upstream.OutOfLine = () => _downstream.Leave(VerdictCode.Left);
        _repairer = new Repairer(_member, _ring, _store, _upstream);
        _ranges = new RangeService(_member, _store, () => _downstream.LineBusy, () => _own.ServedBy.Length > 0 || _ring.Received == _ring.Length,
            _ring.Room.Set);
        _own.Lost = _ranges.LetGo;
        _pump = new SinkPump(_ring, sink, _member.Time);
        _watch = new PathWatch(_member, _ring, _upstream, _downstream, _pump);
    }

    byte[] IServed.Key => _member.Key;

    /// <summary>
    /// Runs to the end: this node's own outcome is known (<see cref="ITransferObserver.OnOutcome"/> tells it early) and nobody after it needs it
    /// any more. Cancelling ends it at once with <c>cancelled</c>. Expected failures are in the result, not thrown. Call once.
    /// </summary>
    public Task<TransferResult> RunAsync(CancellationToken cancel = default)
    {
        var problem = _member.Plan.Problem() ?? (_member.Self < 1 ? $"{_member.Name} is not a receiver of this plan" : null);
        if (problem is not null)
            return Task.FromResult(new TransferResult { Failure = new TransferFailure(Party.Controller, Reasons.BadPlan, problem) });
        var done = new TaskCompletionSource<TransferResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        Threads.Start("chain-hop", () =>
        {
            try
            {
                done.SetResult(Run(cancel));
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    /// <summary>The controller's newer plan: nodes declared dead, or another order. An older or equal epoch is ignored (returns false).</summary>
    public bool UpdatePlan(TransferPlan plan)
    {
        if (!_member.Take(plan))
            return false;
        _downstream.Replan();
        _upstream.Replan();
        return true;
    }

    /// <summary>The same for a plan that differs only in who is declared dead: all of those, not only the new ones.</summary>
    public bool UpdatePlan(int epoch, System.Collections.Immutable.ImmutableHashSet<int> dead) => UpdatePlan(_member.Plan with { Epoch = epoch, Dead = dead });

    private TransferResult Run(CancellationToken cancel)
    {
        _listener.Register(_member.Plan.TransferId, this);
        using var cancelled = cancel.Register(() => End(new TransferFailure(Party.Controller, Reasons.Cancelled, "cancelled by the controller")));
        var feed = Threads.Start("chain-feed", () => End(_upstream.Run()));
        var verify = Threads.Start("chain-verify", Verify);
        var sink = Threads.Start("chain-sink", () =>
        {
            _pump.Run(() => _member.Tell(Party.Sink, _member.Self, _pump.Failure!.Reason, _pump.Written, _pump.Failure.Detail));
            Decide();
        });
        var watch = Threads.Start("chain-watch", _watch.Run);
        Pulse();
        _member.Stop();
        _ring.Close();
        _upstream.Abort();
        _own.Abort();
        _downstream.Leave(VerdictCode.Left);
        if (_outcome is null || !_outcome.Success)
            _sink.Abort();
        foreach (var thread in (Thread[])[feed, verify, sink, watch])
            thread.Join();
        Decide();
        _listener.Unregister(_member.Plan.TransferId);
        Released();
        return _outcome! with { Events = _member.Events };
    }

    // 2: every block is checked before the sink or anyone served on its own may have it; the line's successor does not wait for it.
    private void Verify()
    {
        var told = 0L;
        Span<bool> right = stackalloc bool[ParallelSha256.Lanes];
        while (!_member.Stopped && _ring.Verified < _ring.Length)
        {
            var first = _ring.NextToVerify(500);
            if (first < 0)
                continue;
            var count = _ring.Check(first, right);
            for (var i = 0; i < count; i++)
            {
                if (!right[i] && _repairer.Repair(first + i) is { } failure)
                {
                    End(failure);
                    return;
                }
                if (_member.Stopped)
                    return;
                _ring.MarkVerified(first + i);
            }
            if (_ring.Verified - told < _ring.Capacity / 16)
                continue;
            told = _ring.Verified;
            _upstream.Acknowledge();
        }
        _member.Changed.Set();
    }

    // 4: heartbeats, silence, progress, and the decision that nothing is left to do.
    private void Pulse()
    {
        var last = _member.Time.GetTimestamp();
        var reported = last;
        var bytes = 0L;
        var told = false;
        while (!_member.Stopped)
        {
            _member.Changed.WaitOne(Math.Max(1, (int)_member.Tunables.Heartbeat.TotalMilliseconds / 10));
            if (_ring.Verified == _ring.Length && _downstream.Settled)
            {
                if (_outcome is not null)
                    _upstream.Finish();
                else if (!told)
                    _upstream.Acknowledge();
                told = true;
            }
            var since = _member.Time.GetElapsedTime(last);
            if (since < _member.Tunables.Heartbeat)
                continue;
            last = _member.Time.GetTimestamp();
            _member.Delay.Beat(since);
            _upstream.Tick();
            _downstream.Tick();
            var interval = _member.Time.GetElapsedTime(reported);
            if (interval < _member.Tunables.ProgressInterval)
                continue;
            Report((_ring.Received - bytes) / interval.TotalSeconds);
            (reported, bytes) = (last, _ring.Received);
        }
        Report(0);
    }

    // Ends the run: a failure of the feed or an order at once; null when the feed has nothing left to do.
    private void End(TransferFailure? failure)
    {
        lock (_gate)
            _failure ??= failure;
        _member.Stop();
        _ring.Close();
    }

    private void Decide()
    {
        lock (_gate)
        {
            if (_outcome is not null)
                return;
            var whole = _ring.Verified == _ring.Length && _pump.Written == _ring.Length;
            var failure = _pump.Failure ?? (whole ? null : _failure ?? new TransferFailure(Party.Self, Reasons.NoFeed, "ended early"));
            _outcome = new TransferResult
            {
                Failure = failure,
                BytesVerified = _ring.Verified,
                BytesWritten = _pump.Written,
                Refetched = Refetched(),
                Seconds = _member.Age.TotalSeconds,
                Sha256 = failure is null ? _member.Plan.Manifest.Sha256 : "",
                DiskSerial = failure is null ? _sink.DiskSerial : "",
                Events = _member.Events,
            };
        }
        _member.Changed.Set();
        _member.Observer?.OnOutcome(_outcome);
    }

    private System.Collections.Immutable.ImmutableArray<Refetch> Refetched()
    {
        lock (_repairer.Done)
            return [.. _repairer.Done];
    }

    // For one neighbour; the sinks beyond the other one are passed on.
    private ControlFrame Status(ControlChannel? other) => new(FrameKind.Status, SubtreeDone: _ring.Verified == _ring.Length && _downstream.Settled,
        Received: _ring.Received, Verified: _ring.Verified, Written: _pump.Written, RoomWaitMs: _upstream.RoomWaitMs,
        Rate: _upstream.Inflow.Best, SinkRate: _pump.Rate,
        Sinks: (other?.Last.Sinks ?? default).With(_pump.Rate));

    private void Report(double rate)
    {
        var waiting = _ring.Received - Math.Min(_ring.Sunk, _downstream.Current?.Cursor ?? long.MaxValue);
        _member.Observer?.OnProgress(new TransferProgress(_ring.Received, _ring.Verified, _pump.Written, rate,
            _upstream.Current is { } up ? _member.NameOf(up.Index) : _own.ServedBy,
            _downstream.Current is { } down ? _member.NameOf(down.Index) : "", (double)waiting / _ring.Capacity, _member.InLine));
    }

    void IServed.Handle(Socket socket, Hello hello, Func<Welcome, bool> answer, byte[] dataKey)
    {
        if (!Used())
            return;
        try
        {
            if (_member.Stopped)
                answer(Welcome.Only(HelloStatus.NotInLine));
            else if (hello.Kind == HelloKind.Link)
                _downstream.Link(socket, hello, answer);
            else if (hello.Kind == HelloKind.Data)
                _downstream.Data(socket, hello, answer, dataKey);
            else
                _ranges.Serve(socket, hello, answer, dataKey);
        }
        finally
        {
            Released();
        }
    }

    private bool Used()
    {
        for (var users = Volatile.Read(ref _users); users > 0; users = Volatile.Read(ref _users))
            if (Interlocked.CompareExchange(ref _users, users + 1, users) == users)
                return true;
        return false;
    }

    private void Released()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _ring.Free();
    }
}
