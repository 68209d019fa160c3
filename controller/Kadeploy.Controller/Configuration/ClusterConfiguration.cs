using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Plans;

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
    IReadOnlyDictionary<string, TimeLimit> Timeouts,
    string KernelParameters,
    string Domain)
{
    public const string DefaultName = "default";

    /// <summary>Controls the power of nodes that have no BMC, or null.</summary>
    public PowerCommandLine? Power { get; init; }

    /// <summary>Instances by macro-step; those not named have the built-in ones.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<InstanceSettings>> Steps { get; init; } = new Dictionary<string, IReadOnlyList<InstanceSettings>>();

    /// <summary>How long the nodes that are back from a reboot wait for the others; null: until the limit of <c>wait_reboot</c>.</summary>
    public TimeLimit? RebootPatience { get; init; } = PlanSettings.Default.RebootPatience;

    /// <summary>The site's custom operations.</summary>
    public IReadOnlyList<PlacedOperation> CustomOperations { get; init; } = [];

    /// <summary>How VLANs are changed; null where they are not.</summary>
    public VlanSettings? Vlan { get; init; }

    /// <summary>The site's own way to bring images to nodes; null for none.</summary>
    public BroadcastSettings? Broadcast { get; init; }

    /// <summary>Runs before the environment's preinstall; null for none.</summary>
    public Postinstall? Preinstall { get; init; }

    /// <summary>Runs before the environment's postinstalls; null for none.</summary>
    public Postinstall? Postinstall { get; init; }

    /// <summary>What plans need to know of it.</summary>
    public PlanSettings Plans => PlanSettings.Default with
    {
        SetDeploymentEnv = Steps.GetValueOrDefault("SetDeploymentEnv", PlanSettings.Default.SetDeploymentEnv),
        BroadcastEnv = Steps.GetValueOrDefault("BroadcastEnv", PlanSettings.Default.BroadcastEnv),
        BootNewEnv = Steps.GetValueOrDefault("BootNewEnv"),
        Limits = Timeouts,
        RebootPatience = RebootPatience,
        FileSystems = ["ext2", "ext3", "ext4"],
        Swap = Disk.SwapBytes > 0,
        CustomOperations = CustomOperations,
        Vlan = Vlan is not null,
        CustomBroadcast = Broadcast is not null,
        AdminPreinstall = Preinstall is not null,
        AdminPostinstall = Postinstall is not null,
    };
}
