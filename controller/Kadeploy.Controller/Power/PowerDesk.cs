using System.Collections.Concurrent;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Power;

/// <summary>
/// Every power command goes through here. 1: which driver: the node's own command, its BMC's kind, its cluster's command. 2: the BMC's queue, since
/// many serve one session only and mix up commands of two; 3: its rate limit; 4: the limit of all together; 5: the driver, with a deadline.
/// </summary>
internal sealed class PowerDesk(
    PowerConfiguration configuration, ControllerConfiguration clusters, IpmiPower ipmi, RedfishPower redfish, CommandPower command, NodeStore nodes, TimeProvider time)
    : IPower, IDisposable
{
    // One entry for each BMC, never removed: they are few and small.
    private readonly ConcurrentDictionary<string, BmcQueue> _queues = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _atOnce = new(configuration.AtOnce);

    public async Task<PowerOutcome> RunAsync(Node node, PowerCommand wanted, bool uefi, CancellationToken cancellationToken)
    {
        // 1
        var bmc = node.Bmc;
        var own = configuration.Nodes.GetValueOrDefault(node.Name) ?? (bmc is null ? clusters.ClusterOf(node.Cluster).Power : null);
        if (bmc is null && own is null)
            return PowerOutcome.Failed("no-bmc", $"node {node.Name} has no BMC and no power command: give it one with 'kadeploy node set', configure a command, or power it by hand");
        var target = new PowerTarget(node, bmc is null ? "" : nodes.BmcPassword(node.Name) ?? "");

        // 2
        var queue = _queues.GetOrAdd(bmc is null ? node.Name : $"{bmc.Host}:{bmc.Port}", _ => new BmcQueue(configuration, time));
        using var turn = await queue.EnterAsync(cancellationToken); // 3 as well
        await _atOnce.WaitAsync(cancellationToken); // 4
        try
        {
            // 5
            var patience = own?.Timeout ?? configuration.Deadline;
            using var limit = new CancellationTokenSource(patience, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                return own is not null ? await command.RunAsync(own, target, wanted, both.Token)
                    : await (bmc!.Kind == "redfish" ? (IPowerDriver)redfish : ipmi).RunAsync(target, wanted, uefi, both.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return PowerOutcome.Failed("bmc-unreachable", $"{WordOf(wanted)} of {node.Name} was not over after {patience.TotalSeconds:0} s; its BMC or its command hangs");
            }
        }
        finally
        {
            _atOnce.Release();
        }
    }

    public void Dispose()
    {
        foreach (var queue in _queues.Values)
            queue.Dispose();
        _atOnce.Dispose();
    }

    /// <summary>A command's name for people and for commands of the site.</summary>
    public static string WordOf(PowerCommand command) => command switch
    {
        PowerCommand.Status => "status",
        PowerCommand.On => "on",
        PowerCommand.Off => "off",
        PowerCommand.SoftOff => "soft-off",
        PowerCommand.Cycle => "cycle",
        PowerCommand.Reset => "reset",
        PowerCommand.BootPxe => "boot-pxe",
        PowerCommand.BootDisk => "boot-disk",
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };
}
