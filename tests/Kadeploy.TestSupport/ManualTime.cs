namespace Kadeploy.TestSupport;

/// <summary>Time that passes only when a test says so; timers go off in order, on the thread that moves the time.</summary>
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;
    private long _order;

    /// <summary>Starts on a day of 2026.</summary>
    public ManualTime()
        : this(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer goes off; null without one.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_lock)
                return _timers.Where(t => t.Due is not null).Min(t => t.Due);
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on, stopping at every timer that is due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        var until = GetUtcNow() + by;
        while (Pop(until) is { } ring)
            ring();
        lock (_lock)
            _now = until > _now ? until : _now;
    }

    /// <summary>Moves on to the next timer and lets it go off; false without one.</summary>
    public bool AdvanceToNext()
    {
        if (NextDue is not { } due || Pop(due) is not { } ring)
            return false;
        ring();
        return true;
    }

    private Action? Pop(DateTimeOffset until)
    {
        lock (_lock)
        {
            var next = _timers.Where(t => t.Due <= until).OrderBy(t => t.Due).ThenBy(t => t.Order).FirstOrDefault();
            if (next is null)
                return null;
            _now = next.Due!.Value > _now ? next.Due.Value : _now;
            next.Rearm(_now, ++_order);
            if (next.Due is null)
                _timers.Remove(next);
            return next.Ring;
        }
    }

    private sealed class ManualTimer(ManualTime time, Action ring) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public DateTimeOffset? Due { get; private set; }

        public long Order { get; private set; }

        public Action Ring => ring;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime;
                Order = ++time._order;
                if (Due is not null)
                    time._timers.Add(this);
            }

            return true;
        }

        public void Rearm(DateTimeOffset now, long order)
        {
            Due = _period > TimeSpan.Zero ? now + _period : null;
            Order = order;
        }

        public void Dispose()
        {
            lock (time._lock)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
