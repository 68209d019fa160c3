using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Configuration;

/// <summary>The <c>topology</c> section: switches with the nodes that hang at them.</summary>
internal static class TopologySection
{
    public static TopologyConfiguration Read(YamlMap root)
    {
        var map = root.Map("topology");
        var controller = NodeAttributes.SplitPath(map?.Text("controller") ?? "");
        var switches = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (map?.Map("switches") is { } section)
        {
            foreach (var path in section.Keys)
            {
                if (!NodeSet.TryParse(section.RequiredText(path), out var names, out var error))
                    throw section.Wrong(path, $"is no node set: {error!.Message}");
                foreach (var name in names)
                    if (!switches.TryAdd(name, NodeAttributes.SplitPath(path)))
                        throw section.Wrong(path, $"{name} hangs at another switch already");
            }
            section.RefuseUnread();
        }
        map?.RefuseUnread();
        return new TopologyConfiguration(controller, switches);
    }
}
