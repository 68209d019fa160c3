using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Transfers;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Drivers;

/// <summary>Which driver does which micro-step.</summary>
internal static class DriverCatalogue
{
    public static MicroStepDrivers Make(SwitchPxe switchPxe, Reboot reboot, WaitReboot waitReboot, Broadcast broadcast, AgentSteps steps, AgentOrders orders) =>
        new(new Dictionary<string, IStepDriver>
        {
            ["switch_pxe"] = switchPxe,
            ["reboot"] = reboot,
            ["wait_reboot"] = waitReboot,
            ["send_key_in_deploy_env"] = new AgentStep(steps, AgentOrders.KeysForDeploymentEnvironment),
            ["create_partition_table"] = new AgentStep(steps, orders.Partition),
            ["format_deploy_part"] = new AgentStep(steps, AgentOrders.Format),
            ["mount_deploy_part"] = new AgentStep(steps, AgentOrders.Mount),
            ["format_swap_part"] = new AgentStep(steps, orders.FormatSwap),
            ["send_environment"] = broadcast,
            [BroadcastPlan.Step] = broadcast,
            ["configure"] = new AgentStep(steps, orders.ConfigureAsync, orders.LearnHostKeysAsync),
            ["manage_user_post_install"] = new AgentStep(steps, orders.UserScripts),
            ["check_kernel_files"] = new AgentStep(steps, AgentOrders.CheckKernelFiles),
            ["install_bootloader"] = new AgentStep(steps, orders.InstallBootLoader),
            ["sync"] = new AgentStep(steps, (_, _) => [new AgentOrder.Sync()]),
            ["umount_deploy_part"] = new AgentStep(steps, (_, _) => [new AgentOrder.Unmount()]),
            ["reboot_from_deploy_env"] = new AgentStep(steps, (_, _) => [new AgentOrder.Reboot()]),
            ["kexec"] = new AgentStep(steps, orders.Kexec),
        });
}
