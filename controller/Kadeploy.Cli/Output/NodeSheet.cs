using Kadeploy.Api.Nodes;

namespace Kadeploy.Cli.Output;

/// <summary>Everything known of one node.</summary>
internal static class NodeSheet
{
    public static void Write(TextWriter output, NodeInfo node)
    {
        Line(output, "node", node.Name);
        Line(output, "state", NodeTable.State(node.State) + (node.Accepted ? "" : $" (accept it: kadeploy node accept {node.Name} --name NAME)"));
        Line(output, "cluster", node.Cluster);
        Line(output, "address", node.Address);
        Line(output, "macs", string.Join(", ", node.Macs));
        Line(output, "bmc", node.Bmc is { } bmc ? $"{bmc.Kind}://{bmc.User}@{bmc.Host}:{bmc.Port}" : "none: its power cannot be controlled");
        Line(output, "disk hint", node.Disk is { } hint ? Hint(hint) : null);
        Line(output, "attributes", node.Attributes is { } all ? string.Join(", ", all.Select(a => $"{a.Key}={a.Value}")) : null);
        Line(output, "last deployment", node.LastDeployment);
        Line(output, "last seen", node.SeenAt?.ToString("u", System.Globalization.CultureInfo.InvariantCulture));
        if (node.Agent is { } agent)
            Line(output, "agent", $"{(agent.Connected ? "connected" : "not connected")}{(agent.OnHost == true ? ", on the installed system" : "")}{(agent.Since is { } s ? $" since {s:u}" : "")}{(agent.BootId is { } b ? $", boot id {b}" : "")}");
        if (node.Agent is { ResidentBytes: { } resident, PeakResidentBytes: { } peak })
            Line(output, "agent memory", $"{Quantity.Bytes(resident)}, at most {Quantity.Bytes(peak)}");
        if (node.Inventory is { } inventory)
            Write(output, inventory);
    }

    private static void Write(TextWriter output, Inventory inventory)
    {
        Line(output, "machine", Join(inventory.Vendor, inventory.Product));
        Line(output, "serial", inventory.Serial);
        Line(output, "uuid", inventory.Uuid);
        Line(output, "firmware", inventory.Firmware);
        Line(output, "cpu", $"{inventory.CpuThreads} × {inventory.CpuModel}");
        Line(output, "memory", Quantity.Memory(inventory.MemoryBytes));
        Line(output, "deployment kernel", inventory.Kernel);
        if (inventory.Disks.Count > 0)
        {
            output.WriteLine();
            Columns.Write(output, ["DISK", "SIZE", "MODEL", "SERIAL", "WWN", "BUS", "KIND"], inventory.Disks.Select(d => (IReadOnlyList<string>)
                [d.Path, Quantity.Bytes(d.SizeBytes), d.Model, d.Serial, d.Wwn, d.Transport, Kind(d)]));
        }

        if (inventory.Interfaces.Count > 0)
        {
            output.WriteLine();
            Columns.Write(output, ["INTERFACE", "MAC", "DRIVER", "LINK", "ADDRESSES", "SWITCH", "PORT"], inventory.Interfaces.Select(i => (IReadOnlyList<string>)
                [i.Name, i.Mac, i.Driver, i.Link ? (i.SpeedMbit > 0 ? $"{i.SpeedMbit} Mbit/s" : "up") : "down", string.Join(' ', i.Addresses ?? []), i.Switch ?? "", i.SwitchPort ?? ""]));
        }
    }

    private static string Kind(InventoryDisk disk) =>
        (disk.Rotational ? "rotating" : "solid state") + (disk.Removable ? ", removable" : "") + (disk.ReadOnly ? ", read-only" : "");

    private static string Hint(DiskHintInfo hint) => string.Join(", ", new[]
    {
        hint.Path,
        hint.Serial is null ? null : "serial=" + hint.Serial,
        hint.Wwn is null ? null : "wwn=" + hint.Wwn,
        hint.MinimumBytes > 0 ? "at least " + Quantity.Bytes(hint.MinimumBytes) : null,
    }.Where(h => !string.IsNullOrEmpty(h)));

    private static string Join(params string[] parts) => string.Join(' ', parts.Where(p => p.Length > 0));

    private static void Line(TextWriter output, string label, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            output.WriteLine($"{label + ":",-19}{Printable.Line(text)}");
    }
}
