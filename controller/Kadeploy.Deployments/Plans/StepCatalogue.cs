using System.Collections.Immutable;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Plans;

/// <summary>
/// Every step a plan may name: Kadeploy3's 29 micro-steps and the house's own <c>configure</c>, <c>send_file</c> and <c>custom</c>.
/// Limits are generous: they catch what hangs, they do not race what is slow.
/// </summary>
public static class StepCatalogue
{
    private static readonly ImmutableDictionary<string, StepKind> Kinds = new[]
    {
        Kind("switch_pxe", 120, Party.Controller),
        Kind("set_vlan", 120, Party.Network),
        // Many BMCs answer in seconds, some need a minute, and soft escalates to hard and very_hard within the step.
        new StepKind("reboot", new("180+2*n"), Party.Bmc),
        Kind("power", 180, Party.Bmc),
        // Servers need 3 to 8 minutes of firmware; TFTP and HTTP storms grow with the number of nodes.
        new StepKind("wait_reboot", new("600+60*log2(n)"), Party.Firmware),
        Kind("check_nodes", 60, Party.InstalledSystem),
        Kind("send_deployment_kernel", 120, Party.Network),
        Kind("manage_admin_pre_install", 600, Party.Script),
        Kind("send_key_in_deploy_env", 60, Party.Agent),
        Kind("create_partition_table", 120, Party.Disk),
        Kind("format_deploy_part", 600, Party.Disk),
        Kind("mount_deploy_part", 60, Party.Disk),
        Kind("format_tmp_part", 600, Party.Disk),
        Kind("mount_tmp_part", 60, Party.Disk),
        Kind("format_swap_part", 120, Party.Disk),
        Kind("load_drivers", 60, Party.Agent),
        // 100 GB at 1 Gbit/s is 800 s; each further hop adds latency only.
        new StepKind("send_environment", new("3600+n"), Party.Network),
        new StepKind("send_file", new("3600+n"), Party.Network),
        Kind("decompress_environment", 1800, Party.Agent),
        Kind("configure", 120, Party.Agent),
        Kind("manage_admin_post_install", 600, Party.Script),
        Kind("manage_user_post_install", 600, Party.Script),
        Kind("check_kernel_files", 60, Party.Image),
        Kind("send_key", 60, Party.Agent),
        Kind("install_bootloader", 180, Party.Agent),
        // Writes what the page cache holds: memory size divided by the slowest disk.
        Kind("sync", 900, Party.Disk),
        Kind("umount_deploy_part", 300, Party.Disk),
        Kind("reboot_from_deploy_env", 60, Party.Agent),
        Kind("kexec", 120, Party.Agent),
        Kind("custom", 600, Party.Script),
        Kind("dummy", 60, Party.Controller),
        Kind("produce_bad_nodes", 60, Party.Controller),
    }.ToImmutableDictionary(k => k.Name);

    /// <summary>The macro-steps: those of a deployment in the order in which they run, then the kinds of reboot, then what is done with power.</summary>
    public static IReadOnlyList<string> MacroSteps { get; } =
    [
        "SetDeploymentEnv", "BroadcastEnv", "BootNewEnv", "Simple", "SetPXE", "DeployEnv", "RecordedEnv", "On", "Off", "Cycle", "Reset", "Status",
    ];

    /// <summary>Every micro-step.</summary>
    public static IEnumerable<StepKind> MicroSteps => Kinds.Values.OrderBy(k => k.Name, StringComparer.Ordinal);

    /// <summary>Whether a plan may name it.</summary>
    public static bool Knows(string microStep) => Kinds.ContainsKey(microStep);

    /// <summary>What is known of a micro-step; null for an unknown name.</summary>
    public static StepKind? Find(string microStep) => Kinds.GetValueOrDefault(microStep);

    /// <summary>Who is at fault when a node has not finished by the deadline.</summary>
    /// <param name="macroStep">The macro-step: the same wait is the firmware's before the deployment environment and the installed system's after it.</param>
    /// <param name="microStep">The micro-step.</param>
    public static Party SilentParty(string macroStep, string microStep) =>
        (macroStep, microStep) is ("BootNewEnv" or "Simple" or "SetPXE" or "RecordedEnv", "wait_reboot") ? Party.InstalledSystem : Find(microStep)?.Silent ?? Party.Controller;

    private static StepKind Kind(string name, int seconds, Party silent) => new(name, TimeLimit.Seconds(seconds), silent);
}
