namespace Kadeploy.Testbed;

/// <summary>How to reach a node's BMC by IPMI 2.0 (<c>ipmitool -I lanplus -C 3</c>).</summary>
/// <param name="Address">IPv4 address inside the cluster's network namespace; UDP port 623.</param>
/// <param name="User">User name with administrator privilege.</param>
/// <param name="PasswordFile">Absolute path of a file (mode 0600) with the password, for <c>ipmitool -f</c>.</param>
public sealed record BmcDescription(string Address, string User, string PasswordFile);
