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

/// <summary><c>PATCH /v1/nodes/{name}</c>: changes a registered node; what is absent stays as it is. Answers 200 with <see cref="NodeInfo"/>.</summary>
/// <param name="Macs">All its MACs; the first is the one that deploys.</param>
/// <param name="Address">IP address or resolvable name of the deployed node.</param>
/// <param name="Cluster">Cluster.</param>
/// <param name="Bmc">What is to change about its BMC.</param>
/// <param name="Disk">Which disk may be written, in place of the former hint; one that says nothing means the only disk.</param>
/// <param name="Attributes">Attributes to set; an empty value takes one away.</param>
/// <param name="WithoutBmc">True: it has no BMC any more, and its password is forgotten.</param>
public sealed record ChangeNode(
    IReadOnlyList<string>? Macs = null,
    string? Address = null,
    string? Cluster = null,
    ChangeBmc? Bmc = null,
    DiskHintInfo? Disk = null,
    IReadOnlyDictionary<string, string>? Attributes = null,
    bool? WithoutBmc = null);

/// <summary>What is to change about a BMC; what is absent stays. A node that had none needs kind, host, user and password.</summary>
/// <param name="Kind">Driver: <c>ipmi</c> or <c>redfish</c>.</param>
/// <param name="Host">Address of the BMC.</param>
/// <param name="Port">Its port; absent with another kind: that kind's usual one.</param>
/// <param name="User">BMC user.</param>
/// <param name="Password">Its password.</param>
public sealed record ChangeBmc(string? Kind = null, string? Host = null, int? Port = null, string? User = null, string? Password = null)
{
    /// <summary>Leaves the password out, so that no log can show it.</summary>
    public override string ToString() => string.Join(' ', new[] { Kind, Host, Port?.ToString(System.Globalization.CultureInfo.InvariantCulture), User, Password is null ? null : "password" }.Where(p => p is not null));
}

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
