using System.Text.RegularExpressions;
using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Configuration;

/// <summary>The sections <c>power</c>, <c>outlets</c> and <c>redfish</c>, and <c>power</c> of a cluster.</summary>
internal static partial class PowerSection
{
    public static PowerConfiguration Read(YamlMap root)
    {
        var map = root.Map("power");
        var power = new PowerConfiguration(
            (int)(map?.Number("atOnce", 64, 1, 4096) ?? 64),
            (int)(map?.Number("perMinute", 60, 1, 6000) ?? 60),
            (int)(map?.Number("burst", 10, 1, 1000) ?? 10),
            map is null ? TimeSpan.FromMinutes(2) : ConfigurationFile.Duration(map, "deadline", TimeSpan.FromMinutes(2)),
            Nodes(map),
            Outlets(root));
        map?.RefuseUnread();
        return power;
    }

    public static RedfishConfiguration Redfish(YamlMap root)
    {
        var map = root.Map("redfish");
        var redfish = new RedfishConfiguration(
            map?.Flag("verifyCertificates", true) ?? true,
            TimeSpan.FromSeconds(map?.Number("timeoutSeconds", 10, 1, 300) ?? 10),
            (int)(map?.Number("retries", 1, 0, 10) ?? 1));
        map?.RefuseUnread();
        return redfish;
    }

    /// <summary>The command of a mapping with <c>command</c> and <c>timeout</c>.</summary>
    public static PowerCommandLine Command(YamlMap map)
    {
        var line = Line(map, PowerCommandLine.Names);
        var command = new PowerCommandLine(line[0], line[1..], ConfigurationFile.Duration(map, "timeout", TimeSpan.FromMinutes(1)));
        map.RefuseUnread();
        return command;
    }

    private static Dictionary<string, PowerCommandLine> Nodes(YamlMap? power)
    {
        var commands = new Dictionary<string, PowerCommandLine>(StringComparer.Ordinal);
        foreach (var map in power?.Maps("nodes") ?? [])
        {
            var names = NodesOf(map, "nodes");
            var command = Command(map);
            foreach (var name in names)
                if (!commands.TryAdd(name, command))
                    throw map.Wrong("nodes", $"{name} has a command already");
        }
        return commands;
    }

    private static OutletConfiguration? Outlets(YamlMap root)
    {
        if (root.Map("outlets") is not { } map)
            return null;
        var line = Line(map, ["command", "outlet"]);
        var feeds = map.Map("feeds") ?? throw map.Wrong("feeds", "is missing: the nodes behind each outlet");
        var outlets = new OutletConfiguration(
            line[0],
            line[1..],
            ConfigurationFile.Duration(map, "timeout", TimeSpan.FromMinutes(1)),
            ConfigurationFile.Duration(map, "pause", TimeSpan.FromSeconds(10)),
            feeds.Keys.ToDictionary(outlet => outlet, outlet => NodesOf(feeds, outlet), StringComparer.Ordinal));
        map.RefuseUnread();
        return outlets;
    }

    private static IReadOnlyList<string> NodesOf(YamlMap map, string key)
    {
        var text = map.Text(key) is { Length: > 0 } given ? given : throw map.Wrong(key, "is missing: a set of nodes such as node-[1-4]");
        return NodeSet.TryParse(text, out var names, out var error) ? names : throw map.Wrong(key, $"'{text}' is no set of nodes: {error!.Message}");
    }

    private static List<string> Line(YamlMap map, IReadOnlyList<string> known)
    {
        var line = map.Texts("command") is { Count: > 0 } given ? given.ToList() : throw map.Wrong("command", "is missing: a program and its arguments, as a list");
        if (!Path.IsPathFullyQualified(line[0]))
            throw map.Wrong("command", $"'{line[0]}' is not an absolute path");
        if (!File.Exists(line[0]))
            throw map.Wrong("command", $"there is no program {line[0]}");
        // A word alone in braces is a mistake; anything else, such as JSON for curl, is the command's own.
        foreach (var name in line.Skip(1).SelectMany(a => Braces().Matches(a)).Select(m => m.Groups[1].Value).Where(name => !known.Contains(name)))
            throw map.Wrong("command", $"'{{{name}}}' cannot be put in; known are {string.Join(", ", known.Select(n => $"{{{n}}}"))}");
        return line;
    }

    [GeneratedRegex(@"\{([A-Za-z]+)\}")]
    private static partial Regex Braces();
}
