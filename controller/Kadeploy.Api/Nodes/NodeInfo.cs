namespace Kadeploy.Api.Nodes;

/// <summary>One node, accepted or waiting.</summary>
/// <param name="Name">Its unique name; the MAC with dashes while it waits to be accepted.</param>
/// <param name="State">What it is now.</param>
/// <param name="Macs">MACs that may PXE boot, lower case with colons; the first is the one that deploys.</param>
/// <param name="Cluster">The cluster whose settings apply.</param>
/// <param name="Accepted">False for a machine that waits; it gets no image and no secret.</param>
/// <param name="Address">IP address or resolvable name of the node, if known.</param>
/// <param name="Bmc">How its power is controlled, if it can be. Never the password.</param>
/// <param name="Disk">Which disk may be written, if a hint was given.</param>
/// <param name="Inventory">The hardware as its agent last reported it, if one ever did.</param>
/// <param name="Agent">The agent's connection, if one is or was there.</param>
/// <param name="LastDeployment">Id of the last deployment it took part in.</param>
/// <param name="SeenAt">When its agent or its PXE request was last seen.</param>
/// <param name="Attributes">What the site says of it: <c>site</c>, <c>switch</c>, <c>rack</c> and names of its own; absent when there are none.</param>
public sealed record NodeInfo(
    string Name,
    NodeState State,
    IReadOnlyList<string> Macs,
    string Cluster,
    bool Accepted,
    string? Address = null,
    BmcInfo? Bmc = null,
    DiskHintInfo? Disk = null,
    Inventory? Inventory = null,
    AgentInfo? Agent = null,
    string? LastDeployment = null,
    DateTimeOffset? SeenAt = null,
    IReadOnlyDictionary<string, string>? Attributes = null);

/// <summary><c>GET /v1/nodes</c>: nodes in natural order of their names.</summary>
/// <param name="Nodes">The nodes asked for.</param>
/// <param name="Unknown">With <c>known=true</c>: names of the set that are no nodes; else such names are refused.</param>
/// <param name="Next">Value of <c>cursor</c> for the following page; absent on the last.</param>
public sealed record NodeList(IReadOnlyList<NodeInfo> Nodes, IReadOnlyList<string>? Unknown = null, string? Next = null);

/// <summary>Where a node's BMC answers.</summary>
/// <param name="Kind">Driver: <c>ipmi</c> or <c>redfish</c>.</param>
/// <param name="Host">Address of the BMC.</param>
/// <param name="Port">UDP port 623 for IPMI, TCP port 443 for Redfish, unless it has another.</param>
/// <param name="User">BMC user.</param>
public sealed record BmcInfo(string Kind, string Host, int Port, string User);

/// <summary>Which disk may be written: everything given must match, and exactly one disk may.</summary>
/// <param name="Path">Device path, best <c>/dev/disk/by-path/…</c>.</param>
/// <param name="Serial">Serial number as the disk reports it.</param>
/// <param name="Wwn">World wide name.</param>
/// <param name="MinimumBytes">Smallest acceptable size in bytes; 0 for any.</param>
public sealed record DiskHintInfo(string? Path = null, string? Serial = null, string? Wwn = null, long MinimumBytes = 0);

/// <summary>The agent of a node, in the deployment environment or on the installed system.</summary>
/// <param name="Connected">Whether its stream is open now.</param>
/// <param name="BootId">Boot id of the deployment environment.</param>
/// <param name="Since">When the stream opened, or closed if it is not connected.</param>
/// <param name="ResidentBytes">Memory the agent's process holds, as of its last heartbeat; absent before the first.</param>
/// <param name="PeakResidentBytes">The most it held since it started.</param>
/// <param name="OnHost">True when it runs on the installed system, where it receives files only.</param>
public sealed record AgentInfo(
    bool Connected, string? BootId = null, DateTimeOffset? Since = null, long? ResidentBytes = null, long? PeakResidentBytes = null, bool? OnHost = null);
