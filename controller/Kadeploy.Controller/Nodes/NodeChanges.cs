using Kadeploy.Api.Nodes;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Nodes;

/// <summary>What a registered node is after a change: what the change does not say stays.</summary>
internal static class NodeChanges
{
    /// <param name="node">The node as it is.</param>
    /// <param name="password">Its BMC's password; null when it has none.</param>
    /// <param name="change">What is wanted.</param>
    /// <returns>The node as it is to be and its BMC's password, or what is wrong with the change.</returns>
    public static (Node? Node, string? BmcPassword, NodeMistake? Mistake) Apply(Node node, string? password, ChangeNode change)
    {
        if (change is { WithoutBmc: true, Bmc: not null })
            return (null, null, new NodeMistake("withoutBmc", "stands beside bmc: one of them"));
        BmcCredentials? bmc = null;
        if (change.Bmc is { } wanted && (bmc = Merge(node.Bmc, password, wanted)) is null)
            return (null, null, new NodeMistake($"bmc.{Missing(node.Bmc, wanted)}", $"is missing: {node.Name} has no BMC yet"));
        var attributes = node.Attributes.ToDictionary(a => a.Key, a => a.Value);
        foreach (var (name, value) in change.Attributes ?? new Dictionary<string, string>())
            if (value.Length > 0)
                attributes[name] = value;
            else
                attributes.Remove(name);
        var (changed, mistake) = NodeRequests.Check(
            node.Name, change.Macs ?? node.Macs, change.Address ?? node.Address, change.Cluster ?? node.Cluster, bmc, change.Disk, attributes);
        if (mistake is not null)
            return (null, null, mistake);
        return (changed! with
        {
            Bmc = change.WithoutBmc == true ? null : changed.Bmc ?? node.Bmc,
            Disk = change.Disk is null ? node.Disk : changed.Disk,
        }, bmc?.Password, null);
    }

    /// <summary>Names of what is to change, for the audit log: no value, one of them is a password.</summary>
    public static string Names(ChangeNode change) => string.Join(", ", new (string Name, bool Given)[]
    {
        ("macs", change.Macs is not null), ("address", change.Address is not null), ("cluster", change.Cluster is not null), ("bmc", change.Bmc is not null),
        ("disk", change.Disk is not null), ("attributes", change.Attributes is not null), ("without bmc", change.WithoutBmc == true),
    }.Where(f => f.Given).Select(f => f.Name));

    private static BmcCredentials? Merge(BmcAddress? now, string? password, ChangeBmc wanted)
    {
        if (Missing(now, wanted) is not null)
            return null;
        var kind = wanted.Kind ?? now!.Kind;
        var port = wanted.Port ?? (kind == now?.Kind ? now.Port : kind == "redfish" ? 443 : 623);
        return new BmcCredentials(kind, wanted.Host ?? now!.Host, port, wanted.User ?? now!.User, wanted.Password ?? password ?? "");
    }

    private static string? Missing(BmcAddress? now, ChangeBmc wanted) =>
        (wanted.Kind ?? now?.Kind) is null ? "kind"
        : (wanted.Host ?? now?.Host) is null ? "host"
        : (wanted.User ?? now?.User) is null ? "user"
        : wanted.Password is null && now is null ? "password"
        : null;
}
