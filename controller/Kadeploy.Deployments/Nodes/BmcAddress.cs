namespace Kadeploy.Deployments.Nodes;

/// <summary>Where a node's baseboard management controller answers. The password is no part of it: it stays with the power drivers.</summary>
/// <param name="Kind">Driver: <c>ipmi</c> or <c>redfish</c>.</param>
/// <param name="Host">Address of the BMC.</param>
/// <param name="Port">UDP port 623 for IPMI, TCP port 443 for Redfish, unless it has another.</param>
/// <param name="User">BMC user.</param>
public sealed record BmcAddress(string Kind, string Host, int Port, string User);
