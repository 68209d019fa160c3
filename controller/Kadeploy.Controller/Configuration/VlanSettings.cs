using Kadeploy.Controller.Programs;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Configuration;

/// <summary>How a site moves nodes between VLANs.</summary>
/// <param name="Command">Does it; with <c>{vlan}</c>, which is <c>DEFAULT</c> for the one in which nodes are deployed.</param>
/// <param name="Address">Where a node is found in a VLAN: with <c>{name}</c>, <c>{host}</c> (the name up to its first dot), <c>{domain}</c>, <c>{address}</c> and <c>{vlan}</c>.</param>
internal sealed record VlanSettings(SiteCommand Command, string Address)
{
    public static IReadOnlyList<string> Words { get; } = ["vlan"];

    /// <summary>Kadeploy3's notation of a name with a suffix, as Grid'5000 has it.</summary>
    public const string DefaultAddress = "{host}-kavlan-{vlan}{domain}";

    public string AddressOf(Node node, string vlan)
    {
        var dot = node.Name.IndexOf('.', StringComparison.Ordinal);
        return Address.Replace("{name}", node.Name, StringComparison.Ordinal)
            .Replace("{host}", dot < 0 ? node.Name : node.Name[..dot], StringComparison.Ordinal)
            .Replace("{domain}", dot < 0 ? "" : node.Name[dot..], StringComparison.Ordinal)
            .Replace("{address}", node.Address, StringComparison.Ordinal)
            .Replace("{vlan}", vlan, StringComparison.Ordinal);
    }
}
