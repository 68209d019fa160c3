namespace Kadeploy.Api.Nodes;

/// <summary><c>POST /v1/nodes</c>: registers a machine that has not booted yet. Answers 201 with <see cref="NodeInfo"/>.</summary>
/// <param name="Name">Its unique name.</param>
/// <param name="Macs">MACs that may PXE boot; the first is the one that deploys.</param>
/// <param name="Address">IP address or resolvable name of the deployed node; absent: its name.</param>
/// <param name="Cluster">Cluster; absent: <c>default</c>.</param>
/// <param name="Bmc">Its BMC, if it has one.</param>
/// <param name="Disk">Which disk may be written; absent: the only disk.</param>
/// <param name="Attributes">What the site says of it: <c>site</c>, <c>switch</c> (<c>core/row-2/tor-14</c>), <c>rack</c> for the order of the chain, and names of its own.</param>
public sealed record AddNode(
    string Name,
    IReadOnlyList<string> Macs,
    string? Address = null,
    string? Cluster = null,
    BmcCredentials? Bmc = null,
    DiskHintInfo? Disk = null,
    IReadOnlyDictionary<string, string>? Attributes = null);

/// <summary><c>POST /v1/nodes/{waiting}/accept</c>: makes a waiting machine a node. Answers 200 with <see cref="NodeInfo"/>.</summary>
/// <param name="Name">The name it gets.</param>
/// <param name="Address">IP address or resolvable name of the deployed node; absent: its name.</param>
/// <param name="Cluster">Cluster; absent: <c>default</c>.</param>
/// <param name="Bmc">Its BMC, if it has one.</param>
/// <param name="Disk">Which disk may be written; absent: the only disk.</param>
/// <param name="Attributes">What the site says of it: <c>site</c>, <c>switch</c> (<c>core/row-2/tor-14</c>), <c>rack</c> for the order of the chain, and names of its own.</param>
public sealed record AcceptNode(
    string Name,
    string? Address = null,
    string? Cluster = null,
    BmcCredentials? Bmc = null,
    DiskHintInfo? Disk = null,
    IReadOnlyDictionary<string, string>? Attributes = null);

/// <summary>A BMC with its password: only ever sent to the controller, never read back.</summary>
/// <param name="Kind">Driver: <c>ipmi</c> or <c>redfish</c>.</param>
/// <param name="Host">Address of the BMC.</param>
/// <param name="Port">UDP port 623 for IPMI, TCP port 443 for Redfish, unless it has another.</param>
/// <param name="User">BMC user.</param>
/// <param name="Password">Its password.</param>
public sealed record BmcCredentials(string Kind, string Host, int Port, string User, string Password)
{
    /// <summary>Leaves the password out, so that no log can show it.</summary>
    public override string ToString() => $"{Kind}://{User}@{Host}:{Port}";
}
