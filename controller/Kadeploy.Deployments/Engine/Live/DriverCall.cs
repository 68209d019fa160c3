namespace Kadeploy.Deployments.Engine.Live;

/// <summary>A call of the driver that is under way, with the timer of its deadline.</summary>
internal sealed class DriverCall(string deployment, StepExecution execution) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private ITimer? _timer;

    public string Deployment => deployment;

    public StepExecution Execution => execution;

    /// <summary>Ends when the driver has returned, however it did.</summary>
    public Task Task { get; set; } = Task.CompletedTask;

    public CancellationToken Token => _cancel.Token;

    /// <summary>Set once nothing that it says counts any more.</summary>
    public bool Over { get; private set; }

    public void WakeIn(TimeProvider time, TimeSpan due, TimerCallback woke)
    {
        due = due < TimeSpan.Zero ? TimeSpan.Zero : due;
        if (_timer is null)
            _timer = time.CreateTimer(woke, this, due, Timeout.InfiniteTimeSpan);
        else
            _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    public void End()
    {
        Over = true;
        _timer?.Dispose();
    }

    public void Cancel() => _cancel.Cancel();

    public void Dispose()
    {
        _timer?.Dispose();
        _cancel.Dispose();
    }
}
