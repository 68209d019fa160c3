using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Plans;
using Kadeploy.Deployments.Tests.Engine;

namespace Kadeploy.Deployments.Tests.Plans;

public sealed class StandardPlanTests
{
    private static readonly DeploymentRequest Tar = Sample.Request();
    private static readonly DeploymentRequest Dd = Tar with { Environment = Sample.Debian with { Image = Sample.Debian.Image with { Kind = ImageKind.Dd } } };

    [Fact]
    public void Make_TarWithoutScript_GivesTheCommonCase() => Assert.Equal(
        """
        SetDeploymentEnv: switch_pxe reboot wait_reboot create_partition_table format_deploy_part mount_deploy_part format_swap_part
        BroadcastEnv: send_environment configure check_kernel_files install_bootloader sync
        BootNewEnv: switch_pxe umount_deploy_part reboot_from_deploy_env wait_reboot | switch_pxe reboot wait_reboot
        """, Steps(Tar));

    [Fact]
    public void Make_Kexec_KeepsTheRootMountedForIt() => Assert.EndsWith(
        "BootNewEnv: switch_pxe kexec wait_reboot | switch_pxe reboot wait_reboot", Steps(Tar with { Boot = "kexec" }), StringComparison.Ordinal);

    [Fact]
    public void Make_DdOfAFileSystemWeMount_IsMountedAfterItWasWritten() => Assert.Equal(
        """
        SetDeploymentEnv: switch_pxe reboot wait_reboot create_partition_table format_swap_part
        BroadcastEnv: send_environment mount_deploy_part configure check_kernel_files install_bootloader sync
        BootNewEnv: switch_pxe umount_deploy_part reboot_from_deploy_env wait_reboot | switch_pxe reboot wait_reboot
        """, Steps(Dd));

    [Fact]
    public void Make_DdOfAnotherFileSystem_OnlyWritesAndBoots() => Assert.Equal(
        """
        SetDeploymentEnv: switch_pxe reboot wait_reboot create_partition_table format_swap_part
        BroadcastEnv: send_environment sync
        BootNewEnv: switch_pxe reboot_from_deploy_env wait_reboot | switch_pxe reboot wait_reboot
        """, Steps(Dd with { Boot = "kexec", Environment = Dd.Environment with { FileSystem = "ntfs" } }));

    [Fact]
    public void Make_DdOfAWholeDisk_TouchesNoPartition() => Assert.Equal(
        """
        SetDeploymentEnv: switch_pxe reboot wait_reboot
        BroadcastEnv: send_environment sync
        BootNewEnv: switch_pxe reboot_from_deploy_env wait_reboot | switch_pxe reboot wait_reboot
        """, Steps(Dd with { Partition = 0 }));

    [Theory]
    [InlineData("script", "manage_user_post_install", true)]
    [InlineData("noswap", "format_swap_part", false)]
    [InlineData("nopartitioning", "create_partition_table", false)]
    [InlineData("nobootloader", "install_bootloader", false)]
    [InlineData("admin", "manage_admin_post_install", true)]
    [InlineData("tmp", "format_tmp_part", true)]
    public void Make_Flag_AddsOrDropsItsStep(string flag, string step, bool expected)
    {
        var settings = flag switch
        {
            "noswap" => PlanSettings.Default with { Swap = false },
            "nopartitioning" => PlanSettings.Default with { Partitioning = false },
            "nobootloader" => PlanSettings.Default with { Bootloader = false },
            "admin" => PlanSettings.Default with { AdminPostinstall = true },
            "tmp" => PlanSettings.Default with { Tmp = true },
            _ => PlanSettings.Default,
        };
        var text = Steps(flag == "script" ? Tar with { Script = "#!/bin/sh\ntrue\n" } : Tar, settings);
        Assert.Equal(expected, text.Contains(step, StringComparison.Ordinal));
    }

    [Fact]
    public void Make_Settings_ChooseInstancesRetriesTimeoutsAndLimits()
    {
        var settings = PlanSettings.Default with
        {
            SetDeploymentEnv = [new("SetDeploymentEnvKexec", 0, new("300")), new("SetDeploymentEnvUntrusted", 2)],
            Limits = new Dictionary<string, TimeLimit> { ["wait_reboot"] = new("120+n") },
        };
        Assert.Empty(StandardPlan.TryMake(Tar, settings, out var plan));
        var macro = plan.MacroSteps[0];
        Assert.Equal([("SetDeploymentEnvKexec", 0, "300"), ("SetDeploymentEnvUntrusted", 2, null)], macro.Instances.Select(i => (i.Type, i.Retries, i.Timeout?.Formula)));
        Assert.Equal("120+n", macro.Instances[0].MicroSteps.Single(s => s.Name == "wait_reboot").Limit.Formula);
    }

    [Fact]
    public void Make_Retry_EscalatesTheReboot()
    {
        Assert.Empty(StandardPlan.TryMake(Tar, PlanSettings.Default, out var plan));
        var reboot = plan.MacroSteps[0].Instances[0].MicroSteps.Single(s => s.Name == "reboot");
        Assert.Equal(["soft", "hard", "very_hard", "very_hard"], Enumerable.Range(1, 4).Select(i => reboot.ArgumentsOf(i)["level"]));
    }

    [Fact]
    public void Make_WrongSettings_NamesEveryField()
    {
        var settings = PlanSettings.Default with
        {
            SetDeploymentEnv = [new("SetDeploymentEnvMagic")],
            BroadcastEnv = [new("BootNewEnvKexec")],
            Limits = new Dictionary<string, TimeLimit> { ["foo"] = new("1") },
        };
        var errors = StandardPlan.TryMake(Tar with { Boot = "teleport", Partition = 0 }, settings, out _);
        Assert.Equal(
            ["BroadcastEnv[0].type", "SetDeploymentEnv[0].type", "boot", "partition", "timeouts.foo"],
            errors.Select(e => e.Field).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(-1, "300", "dummy", "10", "SetDeploymentEnv[0].retries")]
    [InlineData(1000, "300", "dummy", "10", "SetDeploymentEnv[0].retries")]
    [InlineData(0, "bad", "dummy", "10", "SetDeploymentEnv[0].timeout")]
    [InlineData(0, "300", "foo", "10", "SetDeploymentEnv[0].microSteps[0].name")]
    [InlineData(0, "300", "dummy", "0", "SetDeploymentEnv[0].microSteps[0].limit")]
    [InlineData(0, "300", "dummy", "rm -rf", "SetDeploymentEnv[0].microSteps[0].limit")]
    public void Problems_WrongInstance_NamesTheField(int retries, string timeout, string step, string limit, string field)
    {
        var plan = new Plan([new("SetDeploymentEnv", [new("A", retries, new(timeout), [new(step, new Dictionary<string, string>(), new(limit))])])]);
        Assert.Equal(field, Assert.Single(plan.Problems()).Field);
    }

    [Fact]
    public void Problems_EmptyInstancesAndUnknownMacro_AreNamed()
    {
        Assert.Equal("SetDeploymentEnv.instances", Assert.Single(new Plan([new("SetDeploymentEnv", [])]).Problems()).Field);
        Assert.Equal("SetDeploymentEnv[0].microSteps", Assert.Single(new Plan([new("SetDeploymentEnv", [new("A", 0, null, [])])]).Problems()).Field);
        Assert.Contains(new Plan([new("Foo", [])]).Problems(), e => e.Field == "Foo");
    }

    [Fact]
    public void ToString_Plan_ReadsWell()
    {
        Assert.Empty(StandardPlan.TryMake(Tar with { Boot = "kexec" }, PlanSettings.Default, out var plan));
        Assert.StartsWith(
            """
            SetDeploymentEnv
              SetDeploymentEnvUntrusted, 3 tries
                switch_pxe                 at most 120 s  profile=deploy
                reboot                     at most (180+2*n) s, through window reboot  profile=deploy  level=soft, then hard, then very_hard
                wait_reboot                at most (600+60*log2(n)) s, late nodes left behind after 120 s  kind=classical system=deploy
                create_partition_table     at most 120 s
            """, plan.ToString(), StringComparison.Ordinal);
        Assert.Contains("  else BootNewEnvHardReboot, 1 try\n", plan.ToString(), StringComparison.Ordinal);
    }

    private static string Steps(DeploymentRequest request, PlanSettings? settings = null)
    {
        Assert.Empty(StandardPlan.TryMake(request, settings ?? PlanSettings.Default, out var plan));
        return string.Join('\n', plan.MacroSteps.Select(m =>
            $"{m.Name}: {string.Join(" | ", m.Instances.Select(i => string.Join(' ', i.MicroSteps.Select(s => s.Name))))}"));
    }
}
