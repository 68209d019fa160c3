namespace Kadeploy.Cli.Progress;

/// <summary>Shows a deployment until it is told to stop.</summary>
internal interface IDeploymentDisplay
{
    /// <summary>Draws until <paramref name="stop"/> is cancelled, and once more then; returns without an exception.</summary>
    Task RunAsync(DeploymentView view, CancellationToken stop);
}
