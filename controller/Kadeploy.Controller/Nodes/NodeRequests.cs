using System.Net;
using System.Text.RegularExpressions;
using Kadeploy.Api.Nodes;
using Kadeploy.Controller.Api;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Nodes;

/// <summary>Checks what a request or nodes.yaml says about a node; the first wrong field is the answer.</summary>
internal static partial class NodeRequests
{
    private const int MostMacs = 32;
    private const int MostAttributes = 64;
    private const int LongestHint = 256;

    public static (Node? Node, NodeMistake? Mistake) Check(
        string name, IReadOnlyList<string> macs, string? address, string? cluster, BmcCredentials? bmc, DiskHintInfo? disk, IReadOnlyDictionary<string, string>? attributes)
    {
        var normal = macs.Select(MacAddress.Normalise).ToList();
        NodeMistake? problem =
            !NodeName().IsMatch(name) ? new NodeMistake("name", $"'{name}' is no node name: letters, digits, '-', '.' and '_', beginning with a letter or digit, at most 253")
            : MacAddress.Normalise(name) is not null ? new NodeMistake("name", $"'{name}' is a MAC address: machines that wait to be accepted have such names")
            : macs.Count == 0 ? new NodeMistake("macs", "at least one MAC is needed: a node is known by it when it boots")
            : macs.Count > MostMacs ? new NodeMistake("macs", $"more than {MostMacs}")
            : normal.IndexOf(null) is >= 0 and var bad ? new NodeMistake($"macs[{bad}]", $"'{macs[bad]}' is no MAC address")
            : normal.Distinct().Count() != normal.Count ? new NodeMistake("macs", "a MAC is given twice")
            : address is not null && !IsHost(address) ? new NodeMistake("address", $"'{address}' is neither an IP address nor a host name")
            : cluster is not null && !NodeName().IsMatch(cluster) ? new NodeMistake("cluster", $"'{cluster}' is no cluster name")
            : bmc is not null ? Bmc(bmc)
            : null;
        problem ??= Disk(disk);
        problem ??= attributes is { Count: > MostAttributes } ? new NodeMistake("attributes", $"more than {MostAttributes}") : null;
        problem ??= attributes?.FirstOrDefault(a => !AttributeName().IsMatch(a.Key) || a.Value.Length > 256 || a.Value.Any(char.IsControl)) is { Key: { } key }
            ? new NodeMistake($"attributes.{key}", "a name has lower-case letters, digits and '-', a value at most 256 printable characters")
            : null;
        return problem is not null
            ? (null, problem)
            : (new Node(name, [.. normal.Select(m => m!)], address ?? name, cluster ?? "default", bmc is null ? null : ApiMapping.ToDomain(bmc), ApiMapping.ToDomain(disk)) { Attributes = attributes ?? new Dictionary<string, string>() }, null);
    }

    /// <summary>What is wrong with a hint, or null; also with that of a deployment.</summary>
    public static NodeMistake? Disk(DiskHintInfo? disk) =>
        disk is { MinimumBytes: < 0 } ? new NodeMistake("disk.minimumBytes", "is negative")
        : IsBad(disk?.Path) ? new NodeMistake("disk.path", $"at most {LongestHint} printable characters")
        : disk?.Path is { Length: > 0 } path && !path.StartsWith("/dev/", StringComparison.Ordinal) ? new NodeMistake("disk.path", $"'{path}' is no path under /dev")
        : IsBad(disk?.Serial) ? new NodeMistake("disk.serial", $"at most {LongestHint} printable characters")
        : IsBad(disk?.Wwn) ? new NodeMistake("disk.wwn", $"at most {LongestHint} printable characters")
        : null;

    private static bool IsBad(string? hint) => hint is not null && (hint.Length > LongestHint || hint.Any(char.IsControl));

    private static NodeMistake? Bmc(BmcCredentials bmc) =>
        bmc.Kind is not ("ipmi" or "redfish") ? new NodeMistake("bmc.kind", $"'{bmc.Kind}' is no kind of BMC that is supported: ipmi, redfish")
        : !IsHost(bmc.Host) ? new NodeMistake("bmc.host", $"'{bmc.Host}' is neither an IP address nor a host name")
        : bmc.Port is < 1 or > 65535 ? new NodeMistake("bmc.port", $"{bmc.Port} is no port")
        // Redfish sets no bounds; these are more than any BMC allows.
        : bmc.Kind == "redfish" ? (bmc.User.Length is 0 or > 128 || bmc.User.Any(char.IsControl) || bmc.User.Contains(':', StringComparison.Ordinal) // RFC 7617: the colon ends the name
            ? new NodeMistake("bmc.user", "1 to 128 printable characters without ':'")
            : bmc.Password.Length > 256 || bmc.Password.Any(char.IsControl) ? new NodeMistake("bmc.password", "at most 256 printable characters")
            : null)
        // IPMI 2.0: names have at most 16 bytes, passwords 20 (tables 22-27 and 22-30).
        : bmc.User.Length > 16 || bmc.User.Any(char.IsControl) || bmc.User.StartsWith('-') ? new NodeMistake("bmc.user", "at most 16 printable characters")
        : bmc.Password.Length > 20 || bmc.Password.Any(char.IsControl) ? new NodeMistake("bmc.password", "at most 20 printable characters")
        : null;

    // A leading '-' would be an option to the programs that the address is handed to.
    private static bool IsHost(string text) => IPAddress.TryParse(text, out _) || NodeName().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,252}\z")]
    private static partial Regex NodeName();

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,63}\z")]
    private static partial Regex AttributeName();
}
