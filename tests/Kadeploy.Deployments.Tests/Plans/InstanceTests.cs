using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Plans;
using Kadeploy.Deployments.Tests.Engine;

namespace Kadeploy.Deployments.Tests.Plans;

/// <summary>Kadeploy3's step lists for the common case (tar, Linux, ext4, a key, no VLAN), as they were measured; ours differ where the test says so.</summary>
public sealed class InstanceTests
{
    private static readonly PlanSettings Everything = PlanSettings.Default with { CustomBroadcast = true, Vlan = true };
    private static readonly DeploymentRequest WithKey = Sample.Request() with { AuthorizedKeys = ["ssh-ed25519 AAAA"] };

    [Theory]
    [InlineData("SetDeploymentEnvUntrusted", "switch_pxe reboot wait_reboot send_key_in_deploy_env create_partition_table format_deploy_part mount_deploy_part format_swap_part")]
    [InlineData("SetDeploymentEnvKexec", "send_deployment_kernel sync kexec wait_reboot send_key_in_deploy_env create_partition_table format_deploy_part mount_deploy_part format_swap_part")]
    // Kadeploy3's leaves mounting to the script; here the root is where every later step looks for it.
    [InlineData("SetDeploymentEnvUntrustedCustomPreInstall", "switch_pxe reboot wait_reboot send_key_in_deploy_env manage_admin_pre_install mount_deploy_part")]
    [InlineData("SetDeploymentEnvDummy", "dummy")]
    // configure writes the keys as well: there is no send_key of its own.
    [InlineData("BroadcastEnvChain", "send_environment configure check_kernel_files install_bootloader sync")]
    [InlineData("BroadcastEnvCustom", "send_environment decompress_environment configure check_kernel_files install_bootloader sync")]
    [InlineData("BroadcastEnvDummy", "dummy")]
    [InlineData("BootNewEnvClassical", "switch_pxe umount_deploy_part reboot_from_deploy_env wait_reboot")]
    [InlineData("BootNewEnvKexec", "switch_pxe kexec wait_reboot")]
    [InlineData("BootNewEnvHardReboot", "switch_pxe reboot wait_reboot")]
    [InlineData("BootNewEnvDummy", "dummy")]
    public void Instance_CommonCase_HasTheStepsOfKadeploy3(string type, string steps)
    {
        var macro = type.StartsWith("Set", StringComparison.Ordinal) ? "SetDeploymentEnv" : type.StartsWith("Broad", StringComparison.Ordinal) ? "BroadcastEnv" : "BootNewEnv";
        var settings = Everything with { AdminPreinstall = true };
        Assert.Equal(steps, Steps(Make(WithKey, settings, new() { Steps = Of(macro, type) }), macro));
    }

    [Theory]
    [InlineData("SetDeploymentEnvUntrusted", "SetDeploymentEnv", "switch_pxe set_vlan reboot wait_reboot")]
    [InlineData("SetDeploymentEnvKexec", "SetDeploymentEnv", "set_vlan send_deployment_kernel sync kexec wait_reboot")]
    [InlineData("BootNewEnvClassical", "BootNewEnv", "switch_pxe umount_deploy_part reboot_from_deploy_env set_vlan wait_reboot")]
    [InlineData("BootNewEnvKexec", "BootNewEnv", "switch_pxe kexec set_vlan wait_reboot")]
    [InlineData("BootNewEnvHardReboot", "BootNewEnv", "switch_pxe reboot set_vlan wait_reboot")]
    public void Instance_WithVlan_LeavesItFirstAndEntersItLast(string type, string macro, string steps) =>
        Assert.StartsWith(steps, Steps(Make(Sample.Request() with { Vlan = "12" }, Everything, new() { Steps = Of(macro, type) }), macro), StringComparison.Ordinal);

    [Fact]
    public void Make_EnvironmentWithPreinstall_PreparesTheDiskInThatWayOnly()
    {
        var request = Sample.Request() with { Environment = Sample.Debian with { Preinstall = new("/images/pre.tgz", "gzip", "run.sh") } };
        var instance = Assert.Single(Make(request, PlanSettings.Default with { SetDeploymentEnv = [new("SetDeploymentEnvKexec", 4, new("300")), new("SetDeploymentEnvUntrusted")] }, new()).MacroSteps[0].Instances);
        Assert.Equal(("SetDeploymentEnvUntrustedCustomPreInstall", 4, "300"), (instance.Type, instance.Retries, instance.Timeout!.Formula));
    }

    [Fact]
    public void Make_RequestsOwnSteps_TakeThePlaceOfTheClusters()
    {
        var plan = Make(Sample.Request(), PlanSettings.Default, new()
        {
            Steps = new Dictionary<string, IReadOnlyList<InstanceSettings>>
            {
                ["BootNewEnv"] = [new("BootNewEnvKexec", 1, new("100")), new("BootNewEnvHardReboot", 3, new("200+n"))],
            },
            Limits = new Dictionary<string, TimeLimit> { ["sync"] = new("77") },
            KeepPartitions = true,
            NoBootloader = true,
        });
        Assert.Equal([("BootNewEnvKexec", 1, "100"), ("BootNewEnvHardReboot", 3, "200+n")], plan.MacroSteps[2].Instances.Select(i => (i.Type, i.Retries, i.Timeout!.Formula)));
        Assert.Equal("77", plan.MacroSteps[1].Instances[0].MicroSteps.Single(s => s.Name == "sync").Limit.Formula);
        Assert.DoesNotContain("create_partition_table", plan.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("install_bootloader", plan.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SetDeploymentEnv", "SetDeploymentEnvMagic", "SetDeploymentEnv[0].type", "unknown instance")]
    [InlineData("SetDeploymentEnv", "SetDeploymentEnvProd", "SetDeploymentEnv[0].type", "SetDeploymentEnvKexec")]
    [InlineData("SetDeploymentEnv", "BootNewEnvKexec", "SetDeploymentEnv[0].type", "unknown instance")]
    [InlineData("BroadcastEnv", "BroadcastEnvKascade", "BroadcastEnv[0].type", "BroadcastEnvChain")]
    [InlineData("BroadcastEnv", "BroadcastEnvCustom", "BroadcastEnv[0].type", "broadcast.command")]
    [InlineData("SendEnvironment", "SendEnvironmentChain", "SendEnvironment", "unknown macro-step")]
    public void Make_InstanceThatCannotBe_IsRefusedNamingItAndWhatElse(string macro, string type, string field, string says)
    {
        var error = Assert.Single(Errors(Sample.Request(), PlanSettings.Default, new() { Steps = Of(macro, type) }));
        Assert.Equal(field, error.Field);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_NoInstances_IsRefused() => Assert.Equal(
        "BootNewEnv.instances",
        Assert.Single(Errors(Sample.Request(), PlanSettings.Default, new() { Steps = new Dictionary<string, IReadOnlyList<InstanceSettings>> { ["BootNewEnv"] = [] } })).Field);

    [Theory]
    [InlineData("wait_reboot", "200+150*log(", "timeouts.wait_reboot", "at character 13")]
    [InlineData("wait_reboot", "system('rm')", "timeouts.wait_reboot", "unknown name 'system' at character 1")]
    [InlineData("wait_reboot", "0", "timeouts.wait_reboot", "deadline")]
    [InlineData("make_coffee", "10", "timeouts.make_coffee", "unknown micro-step")]
    public void Make_TimeLimitThatDoesNotParse_IsRefusedWithItsPosition(string step, string formula, string field, string says)
    {
        var errors = Errors(Sample.Request(), PlanSettings.Default, new() { Limits = new Dictionary<string, TimeLimit> { [step] = new(formula) } });
        Assert.Contains(says, Assert.Single(errors, e => e.Field == field).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_VlanWithoutACommand_IsRefused() =>
        Assert.Equal("vlan", Assert.Single(Errors(Sample.Request() with { Vlan = "12" }, PlanSettings.Default, new())).Field);

    [Fact]
    public void Make_PreinstallOntoAWholeDisk_IsRefused()
    {
        var image = Sample.Debian with { Image = Sample.Debian.Image with { Kind = ImageKind.Dd }, Preinstall = new("", "none", "true") };
        Assert.Equal("partition", Assert.Single(Errors(Sample.Request() with { Environment = image, Partition = 0 }, PlanSettings.Default, new())).Field);
    }

    [Theory]
    [InlineData("SetDeploymentEnv", "switch_pxe")]
    [InlineData("SetDeploymentEnvUntrusted", "switch_pxe")]
    [InlineData("BroadcastEnv:sync", "sync")]
    [InlineData("BootNewEnvHardReboot:wait_reboot", "wait_reboot")]
    public void Make_Breakpoint_IsSetBeforeTheStep(string breakpoint, string step)
    {
        var plan = Make(Sample.Request(), PlanSettings.Default, new() { Breakpoint = breakpoint });
        Assert.Equal(step, Assert.Single(plan.MacroSteps.SelectMany(m => m.Instances).SelectMany(i => i.MicroSteps), s => s.Breakpoint).Name);
    }

    [Theory]
    [InlineData("Foo")]
    [InlineData("SetDeploymentEnv:foo")]
    [InlineData("SetDeploymentEnv:switch_pxe:x")]
    [InlineData("Untrusted")]
    [InlineData("SetDeploymentEnvKexec:kexec")]
    public void Make_BreakpointNowhere_IsRefused(string breakpoint) =>
        Assert.Equal("breakpoint", Assert.Single(Errors(Sample.Request(), PlanSettings.Default, new() { Breakpoint = breakpoint })).Field);

    private static Dictionary<string, IReadOnlyList<InstanceSettings>> Of(string macro, string type) => new() { [macro] = [new(type)] };

    private static Plan Make(DeploymentRequest request, PlanSettings settings, PlanWishes wishes)
    {
        var errors = new List<PlanError>();
        errors.AddRange(StandardPlan.TryMake(request, wishes.Over(settings, errors), out var plan));
        Assert.Empty(errors);
        return plan;
    }

    private static List<PlanError> Errors(DeploymentRequest request, PlanSettings settings, PlanWishes wishes)
    {
        var errors = new List<PlanError>();
        errors.AddRange(StandardPlan.TryMake(request, wishes.Over(settings, errors), out _));
        return errors;
    }

    private static string Steps(Plan plan, string macro) =>
        string.Join(' ', plan.MacroSteps.Single(m => m.Name == macro).Instances[0].MicroSteps.Select(s => s.Name));
}
