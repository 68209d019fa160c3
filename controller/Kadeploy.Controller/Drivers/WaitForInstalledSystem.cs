using System.Globalization;
using System.Net;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// Waits until each system was seen with a boot id of its own: neither that of the deployment environment nor the one before. It reports
/// itself, or the controller logs in and looks; the first that tells wins. After a deployment it must be the system that was installed; after a
/// reboot (<c>system</c> = <c>running</c>) the one that was there, booted since.
/// </summary>
internal sealed class WaitForInstalledSystem(
    ControllerConfiguration configuration, IRemoteShell shell, ReportStore reports, BootReports arrivals, BootWatch watch, TimeProvider time) : IStepDriver, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(15);

    // Each look is a process; where nothing is configured, a rack at once is plenty.
    private const int LooksAtOnce = 32;

    private readonly SemaphoreSlim _looks = new(configuration.Windows.TryGetValue("check", out var window) ? window.Nodes : LooksAtOnce);

    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        using var sightings = new Sightings(watch, execution.Nodes, report, "the installed system");
        // One handler for all of them: with a handler for each, every report of thousands would go through thousands.
        var awaited = execution.Nodes.ToDictionary(n => n.Name, n => new Awaited(Former(execution, n), RebootedAt(execution, n)));
        arrivals.Reported += Take;
        try
        {
            foreach (var node in execution.Nodes)
            {
                var earlier = awaited[node.Name].Rebooted is { } since ? reports.BootIdsSince(node.Name, since) : reports.BootIds(node.Name, execution.Deployment.Id);
                foreach (var bootId in earlier)
                    Take(new BootReport(node.Name, execution.Deployment.Id, bootId));
            }
            await PerNode.RunAsync(execution, report, (node, token) => OneAsync(execution, node, awaited[node.Name], token));
        }
        finally
        {
            arrivals.Reported -= Take;
        }

        void Take(BootReport report)
        {
            if (awaited.TryGetValue(report.Node, out var one) && (one.Rebooted is not null || report.Deployment == execution.Deployment.Id)
                && !one.Former.Contains(report.BootId))
                one.Reported.TrySetResult(report.BootId);
        }
    }

    public void Dispose() => _looks.Dispose();

    private async Task<Outcome> OneAsync(StepExecution execution, Node node, Awaited awaited, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var looked = LookAsync(execution, node, awaited.Former, awaited.Rebooted, enough.Token);
            var first = await Task.WhenAny(awaited.Reported.Task, looked).WaitAsync(cancellationToken);
            return PerNode.Done((FactNames.BootId, await first), (FactNames.SeenBy, first == looked ? "ssh" : "report"));
        }
        finally
        {
            await enough.CancelAsync();
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

    private async Task<string> LookAsync(StepExecution execution, Node node, string?[] former, DateTimeOffset? rebooted, CancellationToken cancellationToken)
    {
        // Its host keys came with its configuration, before this step: one that has none reports, or is not seen.
        if (!shell.Knows(node))
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
        var there = Places(execution, node);
        for (var round = 0; ; round++)
        {
            await _looks.WaitAsync(cancellationToken);
            try
            {
                var place = there[round % there.Count];
                if (await shell.BootIdAsync(place, cancellationToken) is { } bootId
                    && !former.Contains(bootId)
                    && (rebooted is not { } since || former.Any(f => f is not null) || await CameUpSinceAsync(place, since, cancellationToken)))
                    return bootId;
            }
            finally
            {
                Leave();
            }
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    // What ran before did not answer, so that its boot id is not known: that the system is younger than the command proves it as well.
    private async Task<bool> CameUpSinceAsync(Node place, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var result = await shell.RunAsync(place, "cat /proc/uptime", null, Quick, cancellationToken);
        return result.Succeeded
            && double.TryParse(result.Output.Split(' ')[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && time.GetUtcNow() - TimeSpan.FromSeconds(seconds) > since;
    }

    /// <summary>Where the system may be found, taken in turn.</summary>
    private List<Node> Places(StepExecution execution, Node node)
    {
        if (execution.Deployment.Vlan is { } vlan && configuration.ClusterOf(node.Cluster).Vlan is { } settings)
            return [node with { Address = settings.AddressOf(node, vlan) }];
        // The address that the deployment environment had serves where the node's name means nothing to this machine.
        var address = execution.Fact(node, FactNames.DeployAddress);
        return address is null || IPAddress.TryParse(node.Address, out _) ? [node] : [node, node with { Address = address }];
    }

    private static string?[] Former(StepExecution execution, Node node) =>
        [execution.Fact(node, FactNames.DeployBootId), execution.Fact(node, FactNames.FormerBootId)];

    /// <summary>For a reboot: since when it must have come up; null after a deployment.</summary>
    private static DateTimeOffset? RebootedAt(StepExecution execution, Node node) =>
        execution.Arguments.GetValueOrDefault("system") != "running" ? null
        : DateTimeOffset.TryParse(execution.Fact(node, FactNames.RebootedAt), CultureInfo.InvariantCulture, out var at) ? at
        : DateTimeOffset.MinValue;

    /// <summary>A node that is waited for.</summary>
    /// <param name="Former">Boot ids that do not count.</param>
    /// <param name="Rebooted">For a reboot: since when it must have come up.</param>
    private sealed record Awaited(string?[] Former, DateTimeOffset? Rebooted)
    {
        public TaskCompletionSource<string> Reported { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
