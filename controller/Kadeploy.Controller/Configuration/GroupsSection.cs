using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Configuration;

/// <summary>Reads the section <c>groups</c>: a name for a node set, which may name other groups.</summary>
internal static class GroupsSection
{
    /// <summary>Groups inside groups; deeper ones go in a circle.</summary>
    private const int Deepest = 16;

    public static IReadOnlyDictionary<string, string> Read(YamlMap root)
    {
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        if (root.Map("groups") is not { } map)
            return groups;
        foreach (var name in map.Keys)
        {
            if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
                throw map.Wrong(name, $"'{name}' is no name of a group: letters, digits, '-', '_' and '.'");
            groups[name] = map.RequiredText(name);
        }
        foreach (var (name, text) in groups)
            Check(map, name, text, groups, 0);
        return groups;
    }

    private static void Check(YamlMap map, string name, string text, Dictionary<string, string> groups, int depth)
    {
        if (depth > Deepest)
            throw map.Wrong(name, $"group @{name} contains itself, or goes through more than {Deepest} others");
        var inner = new List<string>();
        // What other groups hold is looked at on their own account; those with a source (@cluster:x) are known only to the running controller.
        var scope = new NodeSetScope(
            group =>
            {
                if (groups.ContainsKey(group))
                    inner.Add(group);
                else if (group != "*" && !group.Contains(':', StringComparison.Ordinal))
                    return null;
                return [];
            },
            node => node);
        if (!NodeSet.TryParse(text, scope, out _, out var error))
            throw map.Wrong(name, error!.Point(text));
        foreach (var group in inner.Distinct())
            Check(map, name, groups[group], groups, depth + 1);
    }
}
