namespace Kadeploy.Deployments.Engine.Live;

/// <summary>A call of the driver that is under way.</summary>
internal sealed class DriverCall : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private volatile bool _over;

    public DriverCall(string deployment, StepExecution execution, int wave)
    {
        Deployment = deployment;
        Execution = execution;
        Wave = wave;
        Token = _cancel.Token;
    }

    public string Deployment { get; }

    public StepExecution Execution { get; }

    /// <summary>Which of the execution's calls, from 0.</summary>
    public int Wave { get; }

    /// <summary>Kept apart from its source, so that it can be asked after the call was disposed.</summary>
    public CancellationToken Token { get; }

    /// <summary>Ends when the driver has returned, however it did.</summary>
    public Task Task { get; set; } = Task.CompletedTask;

    /// <summary>Set once nothing that it says counts any more.</summary>
    public bool Over => _over;

    public void End() => _over = true;

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

    public void Dispose() => _cancel.Dispose();
}
