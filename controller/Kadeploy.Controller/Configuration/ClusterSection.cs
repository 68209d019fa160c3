using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Configuration;

/// <summary>
/// The <c>clusters</c> section, and the files <c>clusters/NAME.yaml</c>, each with what would stand under that name there. A named cluster takes from
/// <c>default</c> what it does not set itself.
/// </summary>
internal static class ClusterSection
{
    public const string Folder = "clusters";

    public static IReadOnlyDictionary<string, ClusterConfiguration> Read(YamlMap root, string directory)
    {
        var section = root.Map("clusters");
        var files = Files(root, section, directory);
        var builtIn = new ClusterConfiguration(ClusterConfiguration.DefaultName, DiskLayout.Default, new Dictionary<string, TimeLimit>(), "", "");
        var basis = One(ClusterConfiguration.DefaultName, files.GetValueOrDefault(ClusterConfiguration.DefaultName) ?? section?.Map(ClusterConfiguration.DefaultName), builtIn);
        var clusters = new Dictionary<string, ClusterConfiguration>(StringComparer.Ordinal) { [basis.Name] = basis };
        foreach (var name in section?.Keys.Where(k => k != ClusterConfiguration.DefaultName) ?? [])
            clusters[name] = One(name, section!.Map(name), basis);
        foreach (var (name, map) in files.Where(f => f.Key != ClusterConfiguration.DefaultName))
            clusters[name] = One(name, map, basis);
        return clusters;
    }

    private static Dictionary<string, YamlMap> Files(YamlMap root, YamlMap? section, string directory)
    {
        var folder = Path.Combine(directory, Folder);
        var files = new Dictionary<string, YamlMap>(StringComparer.Ordinal);
        foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.yaml").Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
        {
            var name = Path.GetFileNameWithoutExtension(file);
            if (section?.Has(name) == true)
                throw section.Wrong(name, $"is also described by {file}: keep one of them ({root.File})");
            files[name] = YamlDocument.Load(file, ConfigurationFile.Read(file));
        }
        return files;
    }

    private static ClusterConfiguration One(string name, YamlMap? map, ClusterConfiguration basis)
    {
        if (map is null)
            return basis with { Name = name };
        var cluster = new ClusterConfiguration(
            name,
            Disk(map, basis.Disk),
            Timeouts(map, basis.Timeouts),
            map.Has("kernelParameters") ? ConfigurationFile.KernelParameters(map) : basis.KernelParameters,
            map.Text("domain") ?? basis.Domain)
        {
            Power = map.Map("power") is { } power ? PowerSection.Command(power) : basis.Power,
            Steps = PlanSection.Steps(map, basis.Steps),
            RebootPatience = PlanSection.Patience(map, basis.RebootPatience),
            CustomOperations = PlanSection.CustomOperations(map, basis.CustomOperations),
            Vlan = PlanSection.Vlan(map, basis.Vlan),
            Broadcast = PlanSection.Broadcast(map, basis.Broadcast),
            Preinstall = PlanSection.Script(map, "preinstall", basis.Preinstall),
            Postinstall = PlanSection.Script(map, "postinstall", basis.Postinstall),
        };
        map.RefuseUnread();
        return cluster;
    }

    private static DiskLayout Disk(YamlMap cluster, DiskLayout basis)
    {
        if (cluster.Map("disk") is not { } map)
            return basis;
        var disk = new DiskLayout(
            map.OneOf("table", basis.Table, "gpt", "mbr"),
            Bytes(map, "biosBoot", basis.BiosBootBytes, 1 << 20),
            Bytes(map, "esp", basis.EspBytes, 33 << 20), // FAT32 needs 33 MiB: Microsoft's FAT specification, clusters of 512 bytes
            Bytes(map, "swap", basis.SwapBytes, 0));
        map.RefuseUnread();
        return disk;
    }

    private static long Bytes(YamlMap map, string key, long fallback, long least)
    {
        if (map.Text(key) is not { } text)
            return fallback;
        if (Quantities.Bytes(text) is not { } bytes)
            throw map.Wrong(key, $"'{text}' is not a size such as 512MiB or 4GiB");
        return bytes >= least ? bytes : throw map.Wrong(key, $"at least {least} bytes are needed");
    }

    private static IReadOnlyDictionary<string, TimeLimit> Timeouts(YamlMap cluster, IReadOnlyDictionary<string, TimeLimit> basis)
    {
        if (cluster.Map("timeouts") is not { } map)
            return basis;
        var timeouts = new Dictionary<string, TimeLimit>(basis, StringComparer.Ordinal);
        foreach (var step in StepCatalogue.MicroSteps.Select(s => s.Name))
            if (PlanSection.Limit(map, step) is { } limit)
                timeouts[step] = limit;
        map.RefuseUnread();
        return timeouts;
    }
}
