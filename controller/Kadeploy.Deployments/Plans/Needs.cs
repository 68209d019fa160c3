using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;

namespace Kadeploy.Deployments.Plans;

/// <summary>
/// Kadeploy3's rules about which micro-steps a deployment can do without, with two of its faults mended: a block image with a file
/// system that we can mount is mounted before anything works inside it, and a tar on a file system that we cannot mount is refused
/// by the mount itself instead of being extracted into memory.
/// </summary>
internal static class Needs
{
    /// <summary>Whether the installed system's root can be mounted in the deployment environment.</summary>
    public static bool Mount(DeploymentRequest request, PlanSettings settings) =>
        request.Environment.Image.Kind == ImageKind.Tar ||
        (request.Partition != 0 && settings.FileSystems.Contains(request.Environment.FileSystem));

    public static bool Step(string macroStep, string microStep, DeploymentRequest request, PlanSettings settings)
    {
        var wholeDisk = request.Partition == 0;
        var block = request.Environment.Image.Kind == ImageKind.Dd;
        return microStep switch
        {
            "set_vlan" => request.Vlan is not null,
            "send_key_in_deploy_env" => request.AuthorizedKeys.Count > 0,
            "manage_admin_pre_install" => settings.AdminPreinstall || request.Environment.Preinstall is not null,
            "create_partition_table" => settings.Partitioning && !wholeDisk,
            "format_deploy_part" => !block,
            "mount_deploy_part" when macroStep == "SetDeploymentEnv" => !block,
            "mount_deploy_part" => block && Mount(request, settings),
            "format_tmp_part" => settings.Tmp && !wholeDisk,
            "format_swap_part" => settings.Swap && !wholeDisk,
            "umount_deploy_part" or "configure" or "check_kernel_files" => Mount(request, settings),
            "install_bootloader" => settings.Bootloader && Mount(request, settings),
            "manage_admin_post_install" => settings.AdminPostinstall && Mount(request, settings),
            "manage_user_post_install" =>
                Mount(request, settings) && (request.Script.Length > 0 || request.Environment.Postinstalls.Count > 0),
            _ => true,
        };
    }
}
