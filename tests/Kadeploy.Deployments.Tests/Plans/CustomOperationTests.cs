using Kadeploy.Deployments.Plans;
using Kadeploy.Deployments.Tests.Engine;

namespace Kadeploy.Deployments.Tests.Plans;

public sealed class CustomOperationTests
{
    [Fact]
    public void Make_BeforeAfterAndInstead_StandWhereTheyWereAskedFor()
    {
        var plan = Make(
            [Place("BroadcastEnv", "configure", Placement.Before, "a"), Place("BroadcastEnvChain", "configure", Placement.After, "c")],
            [Place("BroadcastEnv", "configure", Placement.Before, "b"), Place("BroadcastEnv", "install_bootloader", Placement.Instead, "d")]);
        Assert.Equal(
            "send_environment a b configure c check_kernel_files d sync",
            string.Join(' ', plan.MacroSteps[1].Instances[0].MicroSteps.Select(s => s.Custom?.Name ?? s.Name)));
        var custom = plan.MacroSteps[1].Instances[0].MicroSteps[1];
        Assert.Equal(("custom", "agent", "(60)*3+30"), (custom.Name, custom.Arguments["on"], custom.Limit.Formula));
    }

    [Fact]
    public void Make_AfterTheLastReboot_RunsInTheInstalledSystem()
    {
        var plan = Make([], [Place("BootNewEnv", "wait_reboot", Placement.After, "a")]);
        Assert.All(plan.MacroSteps[2].Instances, i => Assert.Equal("system", i.MicroSteps[^1].Arguments["on"]));
    }

    [Fact]
    public void Make_BeforeKexecOutOfTheRunningSystem_RunsThere()
    {
        var plan = Make([], [Place("SetDeploymentEnvKexec", "kexec", Placement.Before, "a")], PlanSettings.Default with { SetDeploymentEnv = [new("SetDeploymentEnvKexec")] });
        Assert.Equal("system", plan.MacroSteps[0].Instances[0].MicroSteps.Single(s => s.Custom is not null).Arguments["on"]);
    }

    [Fact]
    public void Make_StepThatIsDropped_TakesTheSitesOperationWithIt()
    {
        var plan = Make([Place("SetDeploymentEnv", "format_swap_part", Placement.After, "a")], [], PlanSettings.Default with { Swap = false });
        Assert.DoesNotContain(plan.MacroSteps[0].Instances[0].MicroSteps, s => s.Custom is not null);
    }

    [Fact]
    public void Make_BreakpointAtAStepWithOperations_StopsBeforeThemAll()
    {
        var errors = new List<PlanError>();
        var settings = new PlanWishes { Breakpoint = "BroadcastEnv:sync", CustomOperations = [Place("BroadcastEnv", "sync", Placement.Before, "a")] }.Over(PlanSettings.Default, errors);
        Assert.Empty(StandardPlan.TryMake(Sample.Request(), settings, out var plan));
        Assert.Equal("a", Assert.Single(plan.MacroSteps[1].Instances[0].MicroSteps, s => s.Breakpoint).Custom!.Name);
    }

    [Theory]
    [InlineData("SetDeploymentEnv", "switch_pxe", Placement.Before, "no system of the nodes can run it")]
    [InlineData("SetDeploymentEnv", "wait_reboot", Placement.Before, "no system of the nodes can run it")]
    [InlineData("SetDeploymentEnv", "reboot", Placement.Instead, "no system of the nodes can run it")]
    [InlineData("BootNewEnv", "reboot_from_deploy_env", Placement.After, "no system of the nodes can run it")]
    [InlineData("SendEnvironment", "sync", Placement.Before, "no macro-step")]
    [InlineData("BroadcastEnv", "make_coffee", Placement.Before, "no micro-step")]
    [InlineData("BroadcastEnv", "", Placement.Before, "no micro-step")]
    [InlineData("BroadcastEnv", "kexec", Placement.Before, "this operation has no step")]
    [InlineData("SetDeploymentEnvKexec", "kexec", Placement.Before, "this operation has no step")]
    public void Make_PlaceThatCannotBe_IsRefusedNamingTheStep(string stage, string step, Placement when, string says)
    {
        var errors = Errors(Place(stage, step, when, "a"));
        Assert.All(errors, e => Assert.Equal("customOperations[0].step", e.Field));
        Assert.Contains(errors, e => e.Message.Contains(says, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", CustomAction.Exec, "true", "", "", "60", 0, "name")]
    [InlineData("a", CustomAction.Exec, " ", "", "", "60", 0, "command")]
    [InlineData("a", CustomAction.Send, "", "", "/etc/x", "60", 0, "file")]
    [InlineData("a", CustomAction.Run, "", "", "", "60", 0, "file")]
    [InlineData("a", CustomAction.Send, "", "aGk=", "", "60", 0, "destination")]
    [InlineData("a", CustomAction.Exec, "true", "", "", "60", -1, "retries")]
    [InlineData("a", CustomAction.Exec, "true", "", "", "60*", 0, "timeout")]
    [InlineData("a", CustomAction.Exec, "true", "", "", "0", 0, "timeout")]
    public void Make_WrongOperation_IsRefusedNamingTheField(
        string name, CustomAction action, string command, string content, string destination, string timeout, int retries, string field)
    {
        var operation = new CustomOperation(name, action, command, content, destination, "", new(timeout), retries, false);
        Assert.Equal($"customOperations[0].{field}", Assert.Single(Errors(new("BroadcastEnv", "sync", Placement.Before, operation)), e => e.Field.StartsWith("custom", StringComparison.Ordinal)).Field);
    }

    private static PlacedOperation Place(string stage, string step, Placement when, string name) =>
        new(stage, step, when, new(name, CustomAction.Exec, "true", "", "", "", new("60"), 2, false));

    private static Plan Make(IReadOnlyList<PlacedOperation> site, IReadOnlyList<PlacedOperation> user, PlanSettings? settings = null)
    {
        var laid = new PlanWishes { CustomOperations = user }.Over((settings ?? PlanSettings.Default) with { CustomOperations = site }, []);
        Assert.Empty(StandardPlan.TryMake(Sample.Request(), laid, out var plan));
        return plan;
    }

    private static IReadOnlyList<PlanError> Errors(PlacedOperation operation) =>
        StandardPlan.TryMake(Sample.Request(), new PlanWishes { CustomOperations = [operation] }.Over(PlanSettings.Default, []), out _);
}
