namespace Kadeploy.Transfer;

/// <summary>
/// How late this process itself runs, seen by the thread that should run every heartbeat. A machine that starves this process may starve the
/// peer too, and what a peer sent may lie here unread: the judge first looks at its own clock.
/// </summary>
internal sealed class OwnDelay(TransferTunables tunables, TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);
    private readonly Lateness _late = new(Memory, time);
    private volatile bool _asleep;

    /// <summary>This process did not run for so long that no silence can be held against a peer.</summary>
    public bool Asleep => _asleep;

    /// <summary>So late of late that no rate measured here says anything of a peer.</summary>
    public bool Starved => _late.Worst(Memory / 2) > tunables.Heartbeat;

    /// <summary>A limit, and twice what this process itself was late in the last 5 s; at most three times the limit.</summary>
    public TimeSpan Patience(TimeSpan limit) => _late.Patience(limit);

    /// <summary>The heartbeat came after this time. A quarter of it is forgiven: timers are not exact.</summary>
    public void Beat(TimeSpan since)
    {
        _asleep = since > tunables.Silence / 2;
        _late.Note(since - (tunables.Heartbeat * 1.25));
    }
}
