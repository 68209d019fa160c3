using System.Collections.Immutable;

namespace Kadeploy.Deployments.Plans;

/// <summary>
/// The ways to do each macro-step, with all the micro-steps that they may have: Kadeploy3's, plus <c>configure</c>. Which of the micro-steps a
/// request needs is for <see cref="Needs"/> to say.
/// </summary>
public static class InstanceCatalogue
{
    private static readonly Dictionary<string, string> None = [];

    private static readonly ImmutableSortedDictionary<string, IReadOnlyList<MicroStep>> All = new Dictionary<string, IReadOnlyList<MicroStep>>
    {
        ["SetDeploymentEnvUntrusted"] = [.. ToDeployEnv(), .. Prepare()],
        ["SetDeploymentEnvKexec"] =
        [
            Step("set_vlan", ("vlan", "DEFAULT")), Step("send_deployment_kernel"), Step("sync", ("on", "system")), Step("kexec", ("system", "deploy")),
            Step("wait_reboot", ("system", "deploy"), ("kind", "kexec")), Step("send_key_in_deploy_env"),
            .. Prepare(),
        ],
        ["SetDeploymentEnvUntrustedCustomPreInstall"] =
        [
            // The preinstall makes partitions and file systems; mounting is ours, so that whoever comes after it finds the root where it always is.
            .. ToDeployEnv(), Step("manage_admin_pre_install"), Step("mount_deploy_part"),
        ],
        ["SetDeploymentEnvDummy"] = [Step("dummy")],
        ["BroadcastEnvChain"] = [Step("send_environment", ("kind", "chain")), .. Install()],
        ["BroadcastEnvCustom"] = [Step("send_environment", ("kind", "custom")), Step("decompress_environment"), .. Install()],
        ["BroadcastEnvDummy"] = [Step("dummy")],
        ["BootNewEnvClassical"] =
        [
            Step("switch_pxe", ("profile", "local")), Step("umount_deploy_part"), Step("reboot_from_deploy_env"), Step("set_vlan"),
            Step("wait_reboot", ("system", "deployed"), ("kind", "classical")),
        ],
        ["BootNewEnvKexec"] =
        [
            Step("switch_pxe", ("profile", "local")), Step("kexec", ("system", "deployed")), Step("set_vlan"),
            Step("wait_reboot", ("system", "deployed"), ("kind", "kexec")),
        ],
        ["BootNewEnvHardReboot"] =
        [
            Step("switch_pxe", ("profile", "local")), Reboot("local", "hard"), Step("set_vlan"),
            Step("wait_reboot", ("system", "deployed"), ("kind", "classical")),
        ],
        ["BootNewEnvDummy"] = [Step("dummy")],
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Names of the instances of one macro-step.</summary>
    public static IEnumerable<string> Of(string macroStep) => All.Keys.Where(type => type.StartsWith(macroStep, StringComparison.Ordinal));

    /// <summary>Whether there is such an instance.</summary>
    public static bool Knows(string type) => All.ContainsKey(type);

    /// <summary>What is wrong with naming an instance in a macro-step, or null.</summary>
    public static string? Problem(string macroStep, string type) =>
        All.ContainsKey(type) && type.StartsWith(macroStep, StringComparison.Ordinal) ? null : type switch
        {
            "SetDeploymentEnvProd" => "SetDeploymentEnvProd deploys out of the running system, where there is no agent: SetDeploymentEnvKexec also spares the firmware",
            "SetDeploymentEnvNfsroot" => "there is no NFS root: the deployment environment is wholly in memory, see SetDeploymentEnvUntrusted",
            "BroadcastEnvTree" or "BroadcastEnvKastafior" or "BroadcastEnvKascade" or "BroadcastEnvBittorrent" =>
                $"{type} is BroadcastEnvChain here, which is verified and mends itself; a program of the site's own is BroadcastEnvCustom",
            "BootNewEnvPivotRoot" => "BootNewEnvPivotRoot was never written, in Kadeploy3 neither",
            _ => $"unknown instance '{type}'; known: {string.Join(", ", Of(macroStep))}",
        };

    /// <summary>All micro-steps of an instance.</summary>
    internal static IReadOnlyList<MicroStep> Steps(string type) => All.GetValueOrDefault(type, []);

    /// <summary>A step with what the catalogue says of it.</summary>
    internal static MicroStep Step(string name, params (string Name, string Value)[] arguments) =>
        new(name, arguments.Length == 0 ? None : arguments.ToDictionary(p => p.Name, p => p.Value), StepCatalogue.Find(name)!.DefaultLimit)
        {
            // Whatever makes machines start: power peaks, DHCP and HTTP storms.
            Window = name is "reboot" or "reboot_from_deploy_env" or "power" ? "reboot" : null,
        };

    /// <summary>A reboot at a level, and harder with every further attempt: what was tried softly and failed is not worth a second soft try.</summary>
    internal static MicroStep Reboot(string profile, string level) =>
        Step("reboot", ("profile", profile)) with { Levels = PowerLevels.From(level) };

    private static IReadOnlyList<MicroStep> ToDeployEnv() =>
    [
        Step("switch_pxe", ("profile", "deploy")), Step("set_vlan", ("vlan", "DEFAULT")), Reboot("deploy", "soft"),
        Step("wait_reboot", ("system", "deploy"), ("kind", "classical")), Step("send_key_in_deploy_env"),
    ];

    private static IReadOnlyList<MicroStep> Prepare() =>
    [
        Step("create_partition_table"), Step("format_deploy_part"), Step("mount_deploy_part"), Step("format_tmp_part"), Step("format_swap_part"),
    ];

    private static IReadOnlyList<MicroStep> Install() =>
    [
        // After a block image only: a tar was extracted into what the first macro-step mounted.
        Step("mount_deploy_part"),
        Step("configure"), Step("manage_admin_post_install"), Step("manage_user_post_install"), Step("check_kernel_files"),
        Step("install_bootloader"), Step("sync"),
    ];
}
