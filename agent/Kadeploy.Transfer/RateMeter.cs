namespace Kadeploy.Transfer;

/// <summary>Best throughput over windows of a quarter of a second that nothing interrupted. One writer.</summary>
internal sealed class RateMeter(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);
    private long _start = time.GetTimestamp(), _bytes, _best, _latest;

    /// <summary>Best window so far, bytes per second; 0 before the first.</summary>
    public long Best => Volatile.Read(ref _best);

    /// <summary>Last whole window, bytes per second.</summary>
    public long Latest => Volatile.Read(ref _latest);

    public void Add(int bytes)
    {
        _bytes += bytes;
        var elapsed = time.GetElapsedTime(_start);
        if (elapsed < Window)
            return;
        Volatile.Write(ref _latest, (long)(_bytes / elapsed.TotalSeconds));
        if (Latest > _best)
            Volatile.Write(ref _best, Latest);
        Interrupt();
    }

    /// <summary>The window says nothing: something else than the path held it up.</summary>
    public void Interrupt() => (_start, _bytes) = (time.GetTimestamp(), 0);
}
