namespace Kadeploy.Controller.Agents;

/// <summary>
/// How late this process itself runs. When it is starved (a whole cluster dials, the machine does other work), what agents said lies here unread, and
/// to end their sessions for it would only bring them all back at once.
/// </summary>
internal sealed class OwnLateness : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(15);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _last, _worst, _worstAt;

    public OwnLateness(TimeProvider time)
    {
        _time = time;
        _last = _worstAt = time.GetTimestamp();
        // A timer's callback waits in the same line as everybody's work.
        _timer = time.CreateTimer(static self => ((OwnLateness)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Beat, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A limit, and twice what this process was late in the last 15 s; at most three times the limit.</summary>
    public TimeSpan Patience(TimeSpan limit)
    {
        if (_time.GetElapsedTime(Volatile.Read(ref _worstAt)) > Memory)
            return limit;
        var more = TimeSpan.FromTicks(2 * Volatile.Read(ref _worst));
        return limit + (more > 2 * limit ? 2 * limit : more);
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        var now = _time.GetTimestamp();
        var late = _time.GetElapsedTime(_last, now) - Beat;
        _last = now;
        if (late.Ticks >= Volatile.Read(ref _worst) || _time.GetElapsedTime(_worstAt, now) > Memory)
        {
            Volatile.Write(ref _worst, Math.Max(late.Ticks, 0));
            Volatile.Write(ref _worstAt, now);
        }
        _timer.Change(Beat, Timeout.InfiniteTimeSpan);
    }
}
