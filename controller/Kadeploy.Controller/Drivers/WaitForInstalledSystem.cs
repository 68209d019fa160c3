using System.Net;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// Waits until each installed system was seen with a boot id of its own: neither that of the deployment environment nor the one before. It reports
/// itself, or the controller logs in and looks; the first that tells wins.
/// </summary>
internal sealed class WaitForInstalledSystem(
    IRemoteShell shell, ReportStore reports, BootReports arrivals, BootWatch watch, TimeProvider time, ControllerConfiguration configuration) : IStepDriver, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    // Each look is a process; where nothing is configured, a rack at once is plenty.
    private const int LooksAtOnce = 32;

    private readonly SemaphoreSlim _looks = new(configuration.Windows.TryGetValue("check", out var window) ? window.Nodes : LooksAtOnce);

    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        using var sightings = new Sightings(watch, execution.Nodes, report, "the installed system");
        await PerNode.RunAsync(execution, report, node => OneAsync(execution, node, cancellationToken), cancellationToken);
    }

    public void Dispose() => _looks.Dispose();

    private async Task<Outcome> OneAsync(StepExecution execution, Node node, CancellationToken cancellationToken)
    {
        string?[] former = [execution.Fact(node, FactNames.DeployBootId), execution.Fact(node, FactNames.FormerBootId)];
        var reported = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        arrivals.Reported += Take;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            foreach (var bootId in reports.BootIds(node.Name, execution.Deployment.Id))
                Take(new BootReport(node.Name, execution.Deployment.Id, bootId));
            var looked = LookAsync(execution, node, former, enough.Token);
            var first = await Task.WhenAny(reported.Task, looked).WaitAsync(cancellationToken);
            return PerNode.Done((FactNames.BootId, await first), (FactNames.SeenBy, first == looked ? "ssh" : "report"));
        }
        finally
        {
            arrivals.Reported -= Take;
            await enough.CancelAsync();
        }

        void Take(BootReport report)
        {
            if (report.Node == node.Name && report.Deployment == execution.Deployment.Id && !former.Contains(report.BootId))
                reported.TrySetResult(report.BootId);
        }
    }

    // A place stays empty for the window's pause; nobody waits for that.
    private void Leave()
    {
        if (configuration.Windows.TryGetValue("check", out var window) && window.Pause > TimeSpan.Zero)
            _ = Task.Delay(window.Pause, time).ContinueWith(_ => _looks.Release(), TaskScheduler.Default);
        else
            _looks.Release();
    }

    private async Task<string> LookAsync(StepExecution execution, Node node, string?[] former, CancellationToken cancellationToken)
    {
        // The address that the deployment environment had serves where the node's name means nothing to this machine.
        var address = execution.Fact(node, FactNames.DeployAddress);
        var there = address is null || IPAddress.TryParse(node.Address, out _) ? [node] : new[] { node, node with { Address = address } };
        for (var round = 0; ; round++)
        {
            if (shell.Knows(node))
            {
                await _looks.WaitAsync(cancellationToken);
                try
                {
                    if (await shell.BootIdAsync(there[round % there.Length], cancellationToken) is { } bootId && !former.Contains(bootId))
                        return bootId;
                }
                finally
                {
                    Leave();
                }
            }
            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
