using Kadeploy.Transfer;

namespace Kadeploy.Controller.Agents;

/// <summary>
/// How late this process itself runs. When it is starved (a whole cluster dials, the machine does other work), what agents said lies here unread, and
/// to end their sessions for it would only bring them all back at once.
/// </summary>
internal sealed class OwnLateness : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time;
    private readonly Lateness _late;
    private readonly ITimer _timer;
    private long _last;

    public OwnLateness(TimeProvider time)
    {
        _time = time;
        _late = new Lateness(TimeSpan.FromSeconds(15), time);
        _last = time.GetTimestamp();
        // A timer's callback waits in the same line as everybody's work.
        _timer = time.CreateTimer(static self => ((OwnLateness)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Beat, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A limit, and twice what this process was late in the last 15 s; at most three times the limit.</summary>
    public TimeSpan Patience(TimeSpan limit) => _late.Patience(limit);

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        var now = _time.GetTimestamp();
        _late.Note(_time.GetElapsedTime(_last, now) - Beat);
        _last = now;
        _timer.Change(Beat, Timeout.InfiniteTimeSpan);
    }
}
