namespace Kadeploy.Transfer;

/// <summary>
/// How late this process itself runs, seen by the thread that should run every heartbeat. A machine that starves this process may starve the
/// peer too, and what a peer sent may lie here unread: the judge first looks at its own clock.
/// </summary>
internal sealed class OwnDelay(TransferTunables tunables, TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);
    private long _worst, _worstAt;
    private volatile bool _asleep;

    /// <summary>This process did not run for so long that no silence can be held against a peer.</summary>
    public bool Asleep => _asleep;

    /// <summary>A limit, and twice what this process itself was late in the last 5 s; at most three times the limit.</summary>
    public TimeSpan Patience(TimeSpan limit)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _worstAt)) > Memory)
            return limit;
        var more = TimeSpan.FromTicks(2 * Volatile.Read(ref _worst));
        return limit + (more > 2 * limit ? 2 * limit : more);
    }

    /// <summary>So late of late that no rate measured here says anything of a peer.</summary>
    public bool Starved => time.GetElapsedTime(Volatile.Read(ref _worstAt)) < Memory / 2 && Volatile.Read(ref _worst) > tunables.Heartbeat.Ticks;

    /// <summary>The heartbeat came after this time. A quarter of it is forgiven: timers are not exact.</summary>
    public void Beat(TimeSpan since)
    {
        _asleep = since > tunables.Silence / 2;
        var late = since.Ticks - tunables.Heartbeat.Ticks * 5 / 4;
        if (late <= 0 || (late <= Volatile.Read(ref _worst) && time.GetElapsedTime(Volatile.Read(ref _worstAt)) < Memory))
            return;
        Volatile.Write(ref _worst, late);
        Volatile.Write(ref _worstAt, time.GetTimestamp());
    }
}
