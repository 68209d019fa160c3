using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Configuration;

/// <summary>The <c>windows</c> section: how many nodes may be in certain steps at once, over all operations together. A window that is not there limits nothing.</summary>
internal static class WindowsSection
{
    // Those that plans name: whatever makes machines start, and whatever looks into installed systems.
    private static readonly string[] Known = ["reboot", "check"];

    public static IReadOnlyDictionary<string, WindowSize> Read(YamlMap root)
    {
        var windows = new Dictionary<string, WindowSize>(StringComparer.Ordinal);
        if (root.Map("windows") is not { } section)
            return windows;
        foreach (var name in Known)
            if (section.Map(name) is { } map)
                windows[name] = One(map);
        section.RefuseUnread();
        return windows;
    }

    private static WindowSize One(YamlMap map)
    {
        if (!map.Has("nodes"))
            throw map.Wrong("nodes", "is missing: at most how many nodes at once");
        var size = new WindowSize(
            (int)map.Number("nodes", 0, 1, 1_000_000),
            map.Text("pause") is "0" or "0s" ? TimeSpan.Zero : ConfigurationFile.Duration(map, "pause", TimeSpan.Zero));
        map.RefuseUnread();
        return size;
    }
}
