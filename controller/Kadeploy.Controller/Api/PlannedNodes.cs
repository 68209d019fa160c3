using System.Globalization;
using Kadeploy.Api.Operations;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using OperationKind = Kadeploy.Deployments.Engine.OperationKind;

namespace Kadeploy.Controller.Api;

/// <summary>What a dry run says of each node: which disk, which partitions, who controls its power.</summary>
internal sealed class PlannedNodes(ControllerConfiguration configuration, MachineStore machines)
{
    public PlannedNode Describe(Node node, DeploymentRequest wanted)
    {
        var writes = wanted.Kind == OperationKind.Deployment;
        return new PlannedNode(
            node.Name,
            node.Cluster,
            wanted.Vlan is { } vlan && configuration.ClusterOf(node.Cluster).Vlan is { } settings ? settings.AddressOf(node, vlan) : node.Address,
            node.Bmc is { } bmc ? $"{bmc.Kind} {bmc.Host}" : "none",
            writes ? Disk(node) : null,
            writes ? Partitions(configuration.ClusterOf(node.Cluster).Disk, wanted) : null);
    }

    private string Disk(Node node)
    {
        var hint = Hint(node.Disk);
        if (node.Macs.Select(machines.Find).FirstOrDefault(m => m?.Inventory is not null)?.Inventory is not { } inventory)
            return $"{hint} (it has not told its disks yet)";
        var fit = inventory.Disks.Where(d => Fits(d, node.Disk)).ToList();
        return fit switch
        {
            [var one] => string.Create(CultureInfo.InvariantCulture, $"{one.Path}, {one.Model} {one.SizeBytes / 1e9:0.#} GB, serial {one.Serial}"),
            [] => $"{hint}: no such disk among {string.Join(", ", inventory.Disks.Select(d => d.Path))}",
            _ => $"{hint}: ambiguous, {string.Join(", ", fit.Select(d => d.Path))}",
        };
    }

    private static bool Fits(InventoryDisk disk, DiskHint hint) =>
        !disk.Removable && !disk.ReadOnly
        && (hint.Path is null || hint.Path == disk.Path || disk.Links.Contains(hint.Path))
        && (hint.Serial is null || hint.Serial == disk.Serial)
        && (hint.Wwn is null || hint.Wwn == disk.Wwn)
        && disk.SizeBytes >= hint.MinimumBytes;

    private static string Hint(DiskHint hint)
    {
        string?[] parts =
        [
            hint.Path, hint.Serial is null ? null : $"serial {hint.Serial}", hint.Wwn is null ? null : $"WWN {hint.Wwn}",
            hint.MinimumBytes == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"at least {hint.MinimumBytes} bytes"),
        ];
        return hint == DiskHint.Only ? "the only fixed disk" : $"the disk with {string.Join(", ", parts.Where(p => p is not null))}";
    }

    private static string Partitions(DiskLayout layout, DeploymentRequest wanted)
    {
        if (wanted.Partition == 0)
            return "the image takes the whole disk";
        if (wanted.Environment.Preinstall is not null)
            return $"made by the environment's preinstall; the image goes to partition {wanted.Partition}";
        var swap = layout.SwapBytes > 0 ? $", 2 swap {layout.SwapBytes >> 20} MiB" : "";
        return $"{layout.Table}: 1 BIOS boot {layout.BiosBootBytes >> 20} MiB or ESP {layout.EspBytes >> 20} MiB{swap}, 3 root; the image goes to partition {wanted.Partition}";
    }
}
