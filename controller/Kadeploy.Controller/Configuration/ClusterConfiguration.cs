namespace Kadeploy.Controller.Configuration;

/// <summary>Settings of the nodes of one cluster.</summary>
/// <param name="Name">Its name; <c>default</c> serves every cluster that has none of its own.</param>
/// <param name="Disk">How disks are divided.</param>
/// <param name="Timeouts">Deadlines of micro-steps by Kadeploy's names; those not named have the plan's.</param>
/// <param name="KernelParameters">Appended to the kernel line of installed systems, before the environment's own.</param>
/// <param name="Domain">DNS domain of the nodes, empty for none.</param>
internal sealed record ClusterConfiguration(
    string Name,
    DiskLayout Disk,
    IReadOnlyDictionary<string, TimeSpan> Timeouts,
    string KernelParameters,
    string Domain)
{
    public const string DefaultName = "default";

    /// <summary>Controls the power of nodes that have no BMC, or null.</summary>
    public PowerCommandLine? Power { get; init; }
}
