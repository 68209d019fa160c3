namespace Kadeploy.Controller.Configuration;

/// <summary>The micro-steps that a deadline can be set for, by Kadeploy's names.</summary>
internal static class MicroSteps
{
    public static IReadOnlyList<string> Names { get; } =
    [
        "switch_pxe", "reboot", "wait_reboot", "send_key_in_deploy_env", "create_partition_table", "format_deploy_part", "mount_deploy_part",
        "format_swap_part", "send_environment", "configure", "manage_user_post_install", "check_kernel_files", "send_key", "install_bootloader",
        "sync", "umount_deploy_part", "reboot_from_deploy_env", "kexec",
    ];
}
