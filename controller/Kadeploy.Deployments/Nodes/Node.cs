using System.Collections.Immutable;

namespace Kadeploy.Deployments.Nodes;

/// <summary>A machine that an administrator has accepted, as the decisions see it.</summary>
/// <param name="Name">Its unique name, for example <c>node-12</c>.</param>
/// <param name="Macs">Every MAC that may PXE boot, lower case with colons; the first is the one that deploys.</param>
/// <param name="Address">IP address or resolvable name of the deployed system and of the deployment environment.</param>
/// <param name="Cluster">The cluster whose settings apply.</param>
/// <param name="Bmc">How its power is controlled, or null when nothing can.</param>
/// <param name="Disk">Which disk may be written.</param>
public sealed record Node(
    string Name,
    IReadOnlyList<string> Macs,
    string Address,
    string Cluster,
    BmcAddress? Bmc,
    DiskHint Disk)
{
    /// <summary>What the site says of it besides: <see cref="NodeAttributes"/> and names of its own.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = ImmutableDictionary<string, string>.Empty;
}
