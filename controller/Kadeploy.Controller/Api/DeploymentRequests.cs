using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;

namespace Kadeploy.Controller.Api;

/// <summary>Checks what a deployment request says for itself; the first wrong field is the answer.</summary>
internal static class DeploymentRequests
{
    private const int MostKeys = 256;
    private const int LongestKey = 16 * 1024;
    private const int LongestScript = 1 << 20;
    private static readonly string[] KeyKinds = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

    public static IResult? Problem(StartDeployment request)
    {
        return Keys(request.AuthorizedKeys ?? []) ?? Vlan(request.Vlan) ?? Rest(request);
    }

    /// <summary>Checks lines of an authorized_keys file.</summary>
    public static IResult? Keys(IReadOnlyList<string> keys)
    {
        if (keys.Count > MostKeys)
            return Problems.BadField("authorizedKeys", $"more than {MostKeys} keys");
        foreach (var (i, key) in keys.Index())
            if (key.Length > LongestKey || key.Any(c => char.IsControl(c) && c != '\t') || !KeyKinds.Any(kind => key.Contains(kind, StringComparison.Ordinal)))
                return Problems.BadField($"authorizedKeys[{i}]", "is no line of an authorized_keys file");
        return null;
    }

    /// <summary>Checks the name of a VLAN: it becomes an argument of the site's command, and part of a host name.</summary>
    public static IResult? Vlan(string? vlan) =>
        vlan is null || (vlan.Length is > 0 and <= 63 && vlan.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && vlan[0] != '-')
            ? null
            : Problems.BadField("vlan", $"'{vlan}' is no name of a VLAN: at most 63 letters, digits, '-' and '_'");

    private static IResult? Rest(StartDeployment request)
    {
        return request.Script is { Length: > LongestScript } ? Problems.BadField("script", $"is longer than {LongestScript} characters")
            : request.Partition is < 0 or > 128 ? Problems.BadField("partition", "a partition is 1 to 128, or 0 for the whole disk")
            : request.Partition is DiskLayout.FirmwarePartition or DiskLayout.SwapPartition ? Problems.BadField(
                "partition", $"{request.Partition} is the {(request.Partition == DiskLayout.SwapPartition ? "swap" : "firmware's")} partition; root is {DiskLayout.RootPartition}")
            : NodeRequests.Disk(request.Disk) is { } hint ? Problems.BadField(hint.Field, hint.Message)
            : request.Options is { Count: > 0 } options ? Problems.BadField($"options.{options.Keys.First()}", "unknown option")
            : null;
    }
}
