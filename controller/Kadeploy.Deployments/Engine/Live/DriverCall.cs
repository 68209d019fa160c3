namespace Kadeploy.Deployments.Engine.Live;

/// <summary>A call of the driver that is under way, with the timer of its deadline.</summary>
internal sealed class DriverCall : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private ITimer? _timer;
    private volatile bool _over;

    public DriverCall(string deployment, StepExecution execution)
    {
        Deployment = deployment;
        Execution = execution;
        Token = _cancel.Token;
    }

    public string Deployment { get; }

    public StepExecution Execution { get; }

    /// <summary>Kept apart from its source, so that it can be asked after the call was disposed.</summary>
    public CancellationToken Token { get; }

    /// <summary>Ends when the driver has returned, however it did.</summary>
    public Task Task { get; set; } = Task.CompletedTask;

    /// <summary>Set once nothing that it says counts any more.</summary>
    public bool Over => _over;

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
        _over = true;
        _timer?.Dispose();
    }

    public void Cancel()
    {
        try
        {
            _cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The driver has returned meanwhile: there is nothing to cancel.
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _cancel.Dispose();
    }
}
