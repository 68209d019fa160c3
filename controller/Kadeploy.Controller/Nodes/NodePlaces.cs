using Kadeploy.Controller.Configuration;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Nodes;

/// <summary>Where in the network a node hangs: what its record says, else what the site's file says of its switches.</summary>
internal sealed class NodePlaces(ControllerConfiguration configuration)
{
    /// <summary>Its switches from the root of the network down; empty when nothing is known.</summary>
    public IReadOnlyList<string> PathOf(Node node)
    {
        var path = new List<string>();
        if (node.Attributes.TryGetValue(NodeAttributes.Site, out var site))
            path.Add(site);
        if (node.Attributes.TryGetValue(NodeAttributes.Switch, out var switches))
            path.AddRange(NodeAttributes.SplitPath(switches));
        else if (configuration.Topology.Switches.TryGetValue(node.Name, out var configured))
            path.AddRange(configured);
        if (node.Attributes.TryGetValue(NodeAttributes.Rack, out var rack))
            path.Add(rack);
        return path;
    }
}
