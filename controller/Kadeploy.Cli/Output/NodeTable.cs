using Kadeploy.Api.Nodes;

namespace Kadeploy.Cli.Output;

/// <summary>The table of 'node list', and below it the same folded by state, ready to be given to -m.</summary>
internal static class NodeTable
{
    private static readonly string[] Header = ["NODE", "STATE", "ADDRESS", "MAC", "CLUSTER", "CPU", "MEMORY", "DISKS", "FIRMWARE", "BMC", "AGENT"];

    public static void Write(TextWriter output, IReadOnlyList<NodeInfo> nodes)
    {
        if (nodes.Count == 0)
        {
            output.WriteLine("No nodes yet. Let machines PXE boot (they appear here and wait to be accepted), or register one: kadeploy node add --help");
            return;
        }

        Columns.Write(output, Header, nodes.Select(Row));
        output.WriteLine();
        foreach (var group in nodes.Where(n => n.Accepted).GroupBy(n => n.State).OrderBy(g => g.Key))
            output.WriteLine($"{group.Count()} {State(group.Key)}: {NodeNames.Fold(group.Select(n => n.Name))}");
        foreach (var waiting in nodes.Where(n => !n.Accepted))
            output.WriteLine($"waiting to be accepted: kadeploy node accept {Printable.Line(waiting.Name)} --name NAME");
    }

    public static string State(NodeState state) => state == NodeState.Unknown ? "waiting" : state.ToString().ToLowerInvariant();

    private static IReadOnlyList<string> Row(NodeInfo node) =>
    [
        node.Name,
        State(node.State),
        node.Address ?? "",
        node.Macs.Count == 0 ? "" : node.Macs[0] + (node.Macs.Count > 1 ? $" +{node.Macs.Count - 1}" : ""),
        node.Cluster,
        node.Inventory is { CpuThreads: > 0 } cpu ? cpu.CpuThreads.ToString(System.Globalization.CultureInfo.InvariantCulture) : "",
        node.Inventory is { MemoryBytes: > 0 } memory ? Quantity.Memory(memory.MemoryBytes) : "",
        node.Inventory is { } disks ? string.Join('+', disks.Disks.Select(d => Quantity.Bytes(d.SizeBytes).Replace(" ", "", StringComparison.Ordinal))) : "",
        node.Inventory?.Firmware ?? "",
        node.Bmc?.Host ?? "",
        node.Agent is { Connected: true } agent ? agent.OnHost == true ? "on host" : "connected" : "",
    ];
}
