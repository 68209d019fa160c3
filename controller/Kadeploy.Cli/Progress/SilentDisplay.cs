namespace Kadeploy.Cli.Progress;

/// <summary>For --json and -V 1: what is said at the end is the only output.</summary>
internal sealed class SilentDisplay : IDeploymentDisplay
{
    public Task RunAsync(DeploymentView view, CancellationToken stop) =>
        Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
