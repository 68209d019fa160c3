namespace Kadeploy.Transfer;

/// <summary>The worst that this process was late of late, and the patience with others that follows from it. One thread notes, any may ask.</summary>
/// <param name="memory">How long the worst counts.</param>
/// <param name="time">A monotonic clock.</param>
public sealed class Lateness(TimeSpan memory, TimeProvider time)
{
    private long _worst, _worstAt;

    /// <summary>It was so late; zero or less: it was not.</summary>
    public void Note(TimeSpan late)
    {
        if (late <= Worst(memory))
            return;
        Volatile.Write(ref _worst, late.Ticks);
        Volatile.Write(ref _worstAt, time.GetTimestamp());
    }

    /// <summary>The worst that counts, if it was noted within <paramref name="last"/>; else zero.</summary>
    public TimeSpan Worst(TimeSpan last) =>
        time.GetElapsedTime(Volatile.Read(ref _worstAt)) > last ? TimeSpan.Zero : TimeSpan.FromTicks(Volatile.Read(ref _worst));

    /// <summary>A limit, and twice the worst; at most three times the limit.</summary>
    public TimeSpan Patience(TimeSpan limit)
    {
        var more = 2 * Worst(memory);
        return limit + (more > 2 * limit ? 2 * limit : more);
    }
}
