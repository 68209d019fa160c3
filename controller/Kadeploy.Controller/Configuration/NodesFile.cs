using Kadeploy.Api.Nodes;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Configuration;

/// <summary>
/// <c>nodes.yaml</c> beside kadeployd.yaml: nodes that are there from the start, and are made what it says at every start and reload. A node that is
/// taken out of it stays registered until 'kadeploy node delete'.
/// </summary>
internal static class NodesFile
{
    public const string Name = "nodes.yaml";

    /// <exception cref="YamlMistakeException">The file cannot be accepted.</exception>
    public static IReadOnlyList<(Node Node, string? BmcPassword)> Read(string directory)
    {
        var file = Path.Combine(directory, Name);
        if (!File.Exists(file))
            return [];
        var root = YamlDocument.Load(file, ConfigurationFile.Read(file));
        var nodes = (root.Maps("nodes") ?? []).Select(map => One(map, directory)).ToList();
        root.RefuseUnread();
        foreach (var (what, twice) in nodes.Select(n => n.Node.Name).Concat(nodes.SelectMany(n => n.Node.Macs)).GroupBy(x => x).Select(g => (g.Key, g.Count() > 1)))
            if (twice)
                throw root.Wrong("nodes", $"{what} is there twice");
        return nodes;
    }

    private static (Node Node, string? BmcPassword) One(YamlMap map, string directory)
    {
        var bmc = map.Map("bmc");
        var password = bmc is null ? null : Password(bmc, directory);
        var disk = map.Map("disk");
        var attributes = map.Map("attributes");
        var kind = bmc?.OneOf("kind", "ipmi", "ipmi", "redfish");
        var (node, mistake) = NodeRequests.Check(
            map.RequiredText("name"),
            map.Texts("macs") ?? [],
            map.Text("address"),
            map.Text("cluster"),
            bmc is null ? null : new BmcCredentials(kind!, bmc.RequiredText("host"), (int)bmc.Number("port", kind == "redfish" ? 443 : 623, 1, 65535), bmc.Text("user") ?? "", password ?? ""),
            disk is null ? null : new DiskHintInfo(disk.Text("path"), disk.Text("serial"), disk.Text("wwn"), Size(disk)),
            attributes?.Keys.ToDictionary(key => key, key => attributes.Text(key) ?? ""));
        if (mistake is not null)
            throw map.Wrong(mistake.Field.Split('.', '[')[0], mistake.Message);
        bmc?.RefuseUnread();
        disk?.RefuseUnread();
        map.RefuseUnread();
        return (node!, password);
    }

    private static long Size(YamlMap disk) => disk.Text("minimum") is not { } text ? 0
        : Quantities.Bytes(text) ?? throw disk.Wrong("minimum", $"'{text}' is not a size such as 500GiB");

    // Never in the file itself, which others may read.
    private static string? Password(YamlMap bmc, string directory)
    {
        if (bmc.Text("passwordFile") is not { } name)
            return null;
        var file = Path.Combine(directory, name);
        if (!File.Exists(file))
            throw bmc.Wrong("passwordFile", $"{file} does not exist");
        if ((File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) != 0)
            throw bmc.Wrong("passwordFile", $"{file} may be read or written by others: chmod 600 {file}");
        return ConfigurationFile.Read(file).TrimEnd('\n', '\r');
    }
}
