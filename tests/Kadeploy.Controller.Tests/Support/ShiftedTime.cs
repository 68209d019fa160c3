namespace Kadeploy.Controller.Tests.Support;

/// <summary>The system's time, ahead of it as far as the test says; timers take what they always take.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public void Shift(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
