using System.Net;
using Kadeploy.Controller.Configuration;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Trust;

/// <summary>
/// Whether a machine comes from where its node is: a MAC is anybody's to name, an answer reaches who has the address. Nodes known by a host name, or
/// a site whose DHCP gives other addresses at boot (<c>checkAddresses: false</c>), are believed by their MAC alone.
/// </summary>
internal sealed class NodeAddresses(ControllerConfiguration configuration)
{
    public bool IsElsewhere(Node node, string? address) =>
        configuration.CheckAddresses && IPAddress.TryParse(node.Address, out var known) && IPAddress.TryParse(address, out var seen) && !Plain(known).Equals(Plain(seen));

    /// <summary>The same of the system that was installed: where a site moves nodes between VLANs, it may have another address there.</summary>
    public bool IsElsewhereInstalled(Node node, string? address) => configuration.ClusterOf(node.Cluster).Vlan is null && IsElsewhere(node, address);

    // A listener for IPv6 sees IPv4 in its clothes (RFC 4291, 2.5.5.2).
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
