using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Transfers;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Drivers;

/// <summary>Which driver does which micro-step.</summary>
internal sealed class DriverCatalogue(
    SwitchPxe switchPxe, SetVlan setVlan, Reboot reboot, PowerSwitch power, WaitReboot waitReboot, KexecIntoDeployment kexec, Broadcast broadcast,
    CustomBroadcast customBroadcast, Custom custom, AgentSteps steps, AgentOrders orders)
{
    public MicroStepDrivers Make() => new(new Dictionary<string, IStepDriver>
    {
        ["switch_pxe"] = switchPxe,
        ["set_vlan"] = setVlan,
        ["reboot"] = reboot,
        ["power"] = power,
        ["wait_reboot"] = waitReboot,
        ["send_deployment_kernel"] = kexec,
        ["send_key_in_deploy_env"] = new AgentStep(steps, AgentOrders.KeysForDeploymentEnvironment),
        ["manage_admin_pre_install"] = new AgentStep(steps, orders.Preinstalls),
        ["create_partition_table"] = new AgentStep(steps, orders.Partition),
        ["format_deploy_part"] = new AgentStep(steps, AgentOrders.Format),
        ["mount_deploy_part"] = new AgentStep(steps, AgentOrders.Mount),
        ["format_swap_part"] = new AgentStep(steps, orders.FormatSwap),
        ["send_environment"] = new ByArgument("kind", new Dictionary<string, IStepDriver> { ["custom"] = customBroadcast }, broadcast),
        [BroadcastPlan.Step] = broadcast,
        ["decompress_environment"] = new AgentStep(steps, customBroadcast.Decompress),
        ["configure"] = new AgentStep(steps, orders.ConfigureAsync, orders.LearnHostKeysAsync),
        ["manage_admin_post_install"] = new AgentStep(steps, orders.AdminScripts),
        ["manage_user_post_install"] = new AgentStep(steps, orders.UserScripts),
        ["check_kernel_files"] = new AgentStep(steps, AgentOrders.CheckKernelFiles),
        ["install_bootloader"] = new AgentStep(steps, orders.InstallBootLoader),
        ["sync"] = new ByArgument("on", new Dictionary<string, IStepDriver> { ["system"] = kexec }, new AgentStep(steps, (_, _) => [new AgentOrder.Sync()])),
        ["umount_deploy_part"] = new AgentStep(steps, (_, _) => [new AgentOrder.Unmount()]),
        ["reboot_from_deploy_env"] = new AgentStep(steps, (_, _) => [new AgentOrder.Reboot()]),
        ["kexec"] = new ByArgument("system", new Dictionary<string, IStepDriver> { ["deploy"] = kexec }, new AgentStep(steps, orders.Kexec)),
        ["custom"] = custom,
        ["dummy"] = new Dummy(),
    });
}
