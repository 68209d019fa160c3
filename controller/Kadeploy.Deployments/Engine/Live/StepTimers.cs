namespace Kadeploy.Deployments.Engine.Live;

/// <summary>One timer for each running step: its next deadline or the end of its patience. Used by the engine's loop only.</summary>
internal sealed class StepTimers(TimeProvider time, Action<Letter> post)
{
    private readonly Dictionary<string, ITimer> _timers = [];

    public void Set(string deployment, string execution, DateTimeOffset at)
    {
        var due = at - time.GetUtcNow();
        due = due < TimeSpan.Zero ? TimeSpan.Zero : due;
        if (_timers.TryGetValue(execution, out var timer))
            timer.Change(due, Timeout.InfiniteTimeSpan);
        else
            _timers[execution] = time.CreateTimer(_ => post(new Letter.Woke(deployment, execution)), null, due, Timeout.InfiniteTimeSpan);
    }

    public void End(string execution)
    {
        if (_timers.Remove(execution, out var timer))
            timer.Dispose();
    }

    public void EndAll()
    {
        foreach (var timer in _timers.Values)
            timer.Dispose();
        _timers.Clear();
    }
}
