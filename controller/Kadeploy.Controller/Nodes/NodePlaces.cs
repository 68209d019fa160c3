using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Nodes;

/// <summary>
/// Where in the network nodes hang: what a node's record says, else what the site's file says of its switches, else what its switch said to its agent (LLDP).
/// </summary>
internal sealed class NodePlaces(ControllerConfiguration configuration, MachineStore machines)
{
    /// <summary>Each node's switches from the root of the network down; empty when nothing is known.</summary>
    public Dictionary<string, IReadOnlyList<string>> PathsOf(IReadOnlyCollection<Node> nodes)
    {
        var seen = nodes.Any(n => Told(n) is null) ? machines.All() : new Dictionary<string, Machine>();
        return nodes.ToDictionary(n => n.Name, n => (IReadOnlyList<string>)PathOf(n, seen));
    }

    private IReadOnlyList<string>? Told(Node node) =>
        node.Attributes.TryGetValue(NodeAttributes.Switch, out var switches) ? NodeAttributes.SplitPath(switches)
        : configuration.Topology.Switches.GetValueOrDefault(node.Name);

    private List<string> PathOf(Node node, IReadOnlyDictionary<string, Machine> seen)
    {
        var path = new List<string>();
        if (node.Attributes.TryGetValue(NodeAttributes.Site, out var site))
            path.Add(site);
        path.AddRange(Told(node) ?? Heard(node, seen));
        if (node.Attributes.TryGetValue(NodeAttributes.Rack, out var rack))
            path.Add(rack);
        return path;
    }

    // The image comes in where it booted.
    private static IEnumerable<string> Heard(Node node, IReadOnlyDictionary<string, Machine> seen)
    {
        foreach (var mac in node.Macs)
            if (seen.TryGetValue(mac, out var machine) && machine.Inventory?.Interfaces.FirstOrDefault(i => i.Mac == mac) is { Switch.Length: > 0 } card)
                return [card.Switch];
        return [];
    }
}
