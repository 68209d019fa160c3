using System.Collections.Immutable;

namespace Kadeploy.Deployments.Plans;

/// <summary>What a cluster's configuration says about plans.</summary>
public sealed record PlanSettings
{
    /// <summary>What holds when nothing is configured.</summary>
    public static PlanSettings Default { get; } = new();

    /// <summary>Ways to bring a node into the deployment environment.</summary>
    public IReadOnlyList<InstanceSettings> SetDeploymentEnv { get; init; } = [new("SetDeploymentEnvUntrusted", Retries: 2)];

    /// <summary>Ways to write the image.</summary>
    public IReadOnlyList<InstanceSettings> BroadcastEnv { get; init; } = [new("BroadcastEnvChain", Retries: 1)];

    /// <summary>
    /// Ways to start the installed system. Null: what the request asks for (<c>reboot</c> or <c>kexec</c>), and after it a hard reboot.
    /// </summary>
    public IReadOnlyList<InstanceSettings>? BootNewEnv { get; init; }

    /// <summary>Time limits by name of the micro-step, in place of the catalogue's.</summary>
    public IReadOnlyDictionary<string, TimeLimit> Limits { get; init; } = ImmutableDictionary<string, TimeLimit>.Empty;

    /// <summary>File systems that the deployment environment can mount: only inside them can the installed system be configured.</summary>
    public IReadOnlyList<string> FileSystems { get; init; } = ["ext4"];

    /// <summary>Whether the layout has a swap partition.</summary>
    public bool Swap { get; init; } = true;

    /// <summary>Whether a deployment may write the partition table.</summary>
    public bool Partitioning { get; init; } = true;

    /// <summary>Whether the agent installs the boot loader.</summary>
    public bool Bootloader { get; init; } = true;

    /// <summary>Whether the layout has a tmp partition that is formatted.</summary>
    public bool Tmp { get; init; }

    /// <summary>Whether the site has a preinstall of its own; it runs before the environment's.</summary>
    public bool AdminPreinstall { get; init; }

    /// <summary>Whether the site has a command of its own that brings images to the nodes.</summary>
    public bool CustomBroadcast { get; init; }

    /// <summary>Whether the site has a command that changes VLANs.</summary>
    public bool Vlan { get; init; }

    /// <summary>The site's custom operations.</summary>
    public IReadOnlyList<PlacedOperation> CustomOperations { get; init; } = [];

    /// <summary>The request's custom operations; they come after the site's.</summary>
    public IReadOnlyList<PlacedOperation> RequestedOperations { get; init; } = [];

    /// <summary>Nodes stop before this step: <c>MACRO</c> or <c>MACRO:MICRO</c>; null for none.</summary>
    public string? Breakpoint { get; init; }

    /// <summary>Whether the site has a postinstall of its own.</summary>
    public bool AdminPostinstall { get; init; }

    /// <summary>
    /// Once half of a set is back from its reboot, how long the others are waited for before they are left to follow on their own; null for as
    /// long as the limit of <c>wait_reboot</c> allows.
    /// </summary>
    public TimeLimit? RebootPatience { get; init; } = TimeLimit.Seconds(120);
}
