using System.Net;
using System.Text.RegularExpressions;
using Kadeploy.Api.Nodes;
using Kadeploy.Controller.Nodes;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Api;

/// <summary>Checks what a request says about a node; the first wrong field is the answer.</summary>
internal static partial class NodeRequests
{
    public static (Node? Node, IResult? Problem) Check(
        string name, IReadOnlyList<string> macs, string? address, string? cluster, BmcCredentials? bmc, DiskHintInfo? disk, IReadOnlyDictionary<string, string>? attributes)
    {
        var normal = macs.Select(MacAddress.Normalise).ToList();
        var problem =
            !NodeName().IsMatch(name) ? Problems.BadField("name", $"'{name}' is no node name: letters, digits, '-', '.' and '_', beginning with a letter or digit, at most 253")
            : MacAddress.Normalise(name) is not null ? Problems.BadField("name", $"'{name}' is a MAC address: machines that wait to be accepted have such names")
            : macs.Count == 0 ? Problems.BadField("macs", "at least one MAC is needed: a node is known by it when it boots")
            : normal.IndexOf(null) is >= 0 and var bad ? Problems.BadField($"macs[{bad}]", $"'{macs[bad]}' is no MAC address")
            : normal.Distinct().Count() != normal.Count ? Problems.BadField("macs", "a MAC is given twice")
            : address is not null && !IsHost(address) ? Problems.BadField("address", $"'{address}' is neither an IP address nor a host name")
            : cluster is not null && !NodeName().IsMatch(cluster) ? Problems.BadField("cluster", $"'{cluster}' is no cluster name")
            : bmc is not null ? Bmc(bmc)
            : null;
        problem ??= disk is { MinimumBytes: < 0 } ? Problems.BadField("disk.minimumBytes", "is negative")
            : disk?.Path is { Length: > 0 } path && !path.StartsWith("/dev/", StringComparison.Ordinal) ? Problems.BadField("disk.path", $"'{path}' is no path under /dev")
            : null;
        problem ??= attributes?.FirstOrDefault(a => !AttributeName().IsMatch(a.Key) || a.Value.Length > 256 || a.Value.Any(char.IsControl)) is { Key: { } key }
            ? Problems.BadField($"attributes.{key}", "a name has lower-case letters, digits and '-', a value at most 256 printable characters")
            : null;
        return problem is not null
            ? (null, problem)
            : (new Node(name, [.. normal.Select(m => m!)], address ?? name, cluster ?? "default", bmc is null ? null : ApiMapping.ToDomain(bmc), ApiMapping.ToDomain(disk)) { Attributes = attributes ?? new Dictionary<string, string>() }, null);
    }

    private static IResult? Bmc(BmcCredentials bmc) =>
        bmc.Kind is not ("ipmi" or "redfish") ? Problems.BadField("bmc.kind", $"'{bmc.Kind}' is no kind of BMC that is supported: ipmi, redfish")
        : !IsHost(bmc.Host) ? Problems.BadField("bmc.host", $"'{bmc.Host}' is neither an IP address nor a host name")
        : bmc.Port is < 1 or > 65535 ? Problems.BadField("bmc.port", $"{bmc.Port} is no port")
        // Redfish sets no bounds; these are more than any BMC allows.
        : bmc.Kind == "redfish" ? (bmc.User.Length is 0 or > 128 || bmc.User.Any(char.IsControl) || bmc.User.Contains(':', StringComparison.Ordinal) // RFC 7617: the colon ends the name
            ? Problems.BadField("bmc.user", "1 to 128 printable characters without ':'")
            : bmc.Password.Length > 256 || bmc.Password.Any(char.IsControl) ? Problems.BadField("bmc.password", "at most 256 printable characters")
            : null)
        // IPMI 2.0: names have at most 16 bytes, passwords 20 (tables 22-27 and 22-30).
        : bmc.User.Length > 16 || bmc.User.Any(char.IsControl) || bmc.User.StartsWith('-') ? Problems.BadField("bmc.user", "at most 16 printable characters")
        : bmc.Password.Length > 20 || bmc.Password.Any(char.IsControl) ? Problems.BadField("bmc.password", "at most 20 printable characters")
        : null;

    // A leading '-' would be an option to the programs that the address is handed to.
    private static bool IsHost(string text) => IPAddress.TryParse(text, out _) || NodeName().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,252}\z")]
    private static partial Regex NodeName();

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,63}\z")]
    private static partial Regex AttributeName();
}
