using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Plans;
using Kadeploy.Deployments.Tests.Engine;

namespace Kadeploy.Deployments.Tests.Plans;

public sealed class OperationPlanTests
{
    private static readonly DeploymentRequest Request = Sample.Request("R-1") with { Kind = OperationKind.Reboot, Environment = DeployableEnvironment.None };

    [Theory]
    [InlineData("simple", "Simple", "reboot wait_reboot")]
    [InlineData("set_pxe", "SetPXE", "switch_pxe reboot wait_reboot")]
    [InlineData("deploy_env", "DeployEnv", "switch_pxe reboot wait_reboot")]
    [InlineData("recorded_env", "RecordedEnv", "switch_pxe reboot wait_reboot")]
    public void Reboot_Kind_HasTheStepsOfKadeploy3(string kind, string macro, string steps)
    {
        Assert.Empty(OperationPlan.TryMakeReboot(Request, kind, "soft", PlanSettings.Default, out var plan));
        Assert.Equal((macro, steps), (plan.MacroSteps[0].Name, string.Join(' ', plan.MacroSteps[0].Instances[0].MicroSteps.Select(s => s.Name))));
    }

    [Fact]
    public void Reboot_DeployEnvWithAKeyAndAVlan_HasTheirSteps()
    {
        Assert.Empty(OperationPlan.TryMakeReboot(
            Request with { AuthorizedKeys = ["ssh-ed25519 A"], Vlan = "1" }, "deploy_env", "soft", PlanSettings.Default with { Vlan = true }, out var plan));
        Assert.Equal("switch_pxe reboot set_vlan wait_reboot send_key_in_deploy_env", string.Join(' ', plan.MacroSteps[0].Instances[0].MicroSteps.Select(s => s.Name)));
    }

    [Theory]
    [InlineData("soft", 2)]
    [InlineData("hard", 1)]
    [InlineData("very_hard", 0)]
    public void Reboot_Level_IsWhereTheClimbBegins(string level, int retries)
    {
        Assert.Empty(OperationPlan.TryMakeReboot(Request, "simple", level, PlanSettings.Default, out var plan));
        var instance = plan.MacroSteps[0].Instances[0];
        Assert.Equal((retries, level), (instance.Retries, instance.MicroSteps[0].ArgumentsOf(1)["level"]));
        Assert.Equal("very_hard", instance.MicroSteps[0].ArgumentsOf(retries + 1)["level"]);
    }

    [Fact]
    public void Reboot_SystemNeverComesBack_EveryLevelIsTriedThenVerdict()
    {
        Assert.Empty(OperationPlan.TryMakeReboot(Request, "simple", "soft", PlanSettings.Default, out var plan));
        var world = EngineWorld.Reacting((e, _) => e.MicroStep == "wait_reboot" ? Reaction.Never : Reaction.Ok);
        Assert.IsType<SubmitResult.Accepted>(world.Pump.Complete(() => world.Engine.SubmitAsync(Request, Sample.Nodes("node-1"), plan, CancellationToken.None)));
        var end = world.RunToEnd("R-1").Nodes[0];
        Assert.Equal(["soft", "hard", "very_hard"], world.Driver.Calls.Where(c => c.MicroStep == "reboot").Select(c => c.Arguments["level"]));
        Assert.Equal((Verdict.Failed, "deadline", Party.InstalledSystem), (end.Verdict, end.Failure!.Reason, end.Failure.Party));
    }

    [Theory]
    [InlineData("on", "hard", "On", "reboot")]
    [InlineData("off", "soft", "Off", null)]
    [InlineData("cycle", "very_hard", "Cycle", "reboot")]
    [InlineData("reset", "hard", "Reset", "reboot")]
    [InlineData("status", null, "Status", null)]
    public void Power_Action_IsOneStep(string action, string? level, string macro, string? window)
    {
        Assert.Empty(OperationPlan.TryMakePower(Request with { Kind = OperationKind.Power }, action, level, PlanSettings.Default, out var plan));
        var step = Assert.Single(Assert.Single(plan.MacroSteps).Instances[0].MicroSteps);
        Assert.Equal((macro, "power", action, level, window), (plan.MacroSteps[0].Name, step.Name, step.Arguments["action"], step.Arguments.GetValueOrDefault("level"), step.Window));
    }

    [Fact]
    public void Make_WrongWords_AreNamed()
    {
        Assert.Equal(["kind", "level"], OperationPlan.TryMakeReboot(Request, "warp", "gentle", PlanSettings.Default, out _).Select(e => e.Field));
        Assert.Equal(["action", "level"], OperationPlan.TryMakePower(Request, "warp", "gentle", PlanSettings.Default, out _).Select(e => e.Field));
    }
}
