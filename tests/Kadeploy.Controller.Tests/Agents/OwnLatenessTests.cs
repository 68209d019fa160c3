using Kadeploy.Controller.Agents;

namespace Kadeploy.Controller.Tests.Agents;

public sealed class OwnLatenessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private readonly FakeBusyTime _time = new();
    private readonly OwnLateness _lateness;

    public OwnLatenessTests() => _lateness = new OwnLateness(_time);

    public void Dispose() => _lateness.Dispose();

    [Fact]
    public void InTime_TheLimitItself()
    {
        for (var i = 0; i < 40; i++)
            _time.RingAfter(0.5);

        Assert.Equal(Limit, _lateness.Patience(Limit));
    }

    [Fact]
    public void Late_TwiceTheLatenessMore()
    {
        _time.RingAfter(4.5);

        Assert.Equal(Limit + TimeSpan.FromSeconds(8), _lateness.Patience(Limit));
    }

    [Fact]
    public void VeryLate_ThreeTimesTheLimitAtMost()
    {
        _time.RingAfter(600);

        Assert.Equal(3 * Limit, _lateness.Patience(Limit));
    }

    [Fact]
    public void LessLateSince_TheWorstCountsForAWhile()
    {
        _time.RingAfter(4.5);
        for (var i = 0; i < 20; i++)
            _time.RingAfter(0.5);
        Assert.Equal(Limit + TimeSpan.FromSeconds(8), _lateness.Patience(Limit));

        for (var i = 0; i < 20; i++)
            _time.RingAfter(0.5);
        Assert.Equal(Limit, _lateness.Patience(Limit));
    }

    /// <summary>Time in which a timer goes off as late as the test says.</summary>
    private sealed class FakeBusyTime : TimeProvider
    {
        private Action _ring = () => { };
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ring = () => callback(state);
            return new FakeTimer();
        }

        public void RingAfter(double seconds)
        {
            _now += TimeSpan.FromSeconds(seconds).Ticks;
            _ring();
        }
    }

    private sealed class FakeTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
