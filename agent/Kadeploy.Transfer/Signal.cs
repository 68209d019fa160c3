namespace Kadeploy.Transfer;

/// <summary>
/// Wakes threads that wait for a counter to move. Setting it costs one fence while nobody waits, which is what the data path needs.
/// </summary>
internal sealed class Signal
{
    private readonly object _lock = new();
    private int _waiters;

    /// <summary>Call after the change is visible.</summary>
    public void Set()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiters) == 0)
            return;
        lock (_lock)
            Monitor.PulseAll(_lock);
    }

    /// <summary>Waits until <paramref name="ready"/> or the time is over; returns what <paramref name="ready"/> says at the end.</summary>
    public bool Wait(Func<bool> ready, int milliseconds)
    {
        Interlocked.Increment(ref _waiters);
        try
        {
            lock (_lock)
                return ready() || (Monitor.Wait(_lock, milliseconds) && ready()) || ready();
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }
}
