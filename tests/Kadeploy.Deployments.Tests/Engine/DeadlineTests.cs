using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Tests.Engine;

public sealed class DeadlineTests
{
    [Fact]
    public void Deadline_NodeSaidSomething_DetailTellsWhatWasLastSeen()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.Never);
        world.Driver.Before = (_, report, _) =>
        {
            report.Progress("node-1", "iPXE fetched its profile");
            return Task.CompletedTask;
        };
        var end = world.Deploy("node-[1-2]", Sample.Plan("A:0::wait_reboot"));
        Assert.Equal("wait_reboot was not finished within 10 s; last seen: iPXE fetched its profile, 10 s before", end.Nodes[0].Failure!.Detail);
        Assert.Equal("wait_reboot was not finished within 10 s; nothing was heard of it during this step", end.Nodes[1].Failure!.Detail);
    }

    [Theory]
    [InlineData("SetDeploymentEnv", Party.Firmware)]
    [InlineData("BootNewEnv", Party.InstalledSystem)]
    public void Deadline_WaitReboot_PartyDependsOnTheMacroStep(string macroStep, Party party)
    {
        var world = EngineWorld.Reacting((e, _) => e.MacroStep == macroStep ? Reaction.Never : Reaction.Ok);
        var end = world.Deploy("node-1", Sample.Plan("A:0::wait_reboot", "B:0::sync", "C:0::wait_reboot"));
        Assert.Equal((party, "deadline", $"{macroStep}/wait_reboot"), (end.Nodes[0].Failure!.Party, end.Nodes[0].Failure!.Reason, end.Nodes[0].Failure!.Stage));
    }

    [Fact]
    public void Deadline_DriverIsCancelled_AndTheRetryWaitsForItToReturn()
    {
        var world = new EngineWorld();
        var gate = new TaskCompletionSource();
        world.Driver.Before = async (e, _, token) =>
        {
            if (e.Attempt > 1)
                return;
            using var registration = token.Register(() => { });
            await Task.Delay(Timeout.InfiniteTimeSpan, world.Time, token).ContinueWith(static _ => { }, TaskScheduler.FromCurrentSynchronizationContext());
            await gate.Task;
        };
        world.Submit("node-1", Sample.Plan("A:1::dummy"));
        world.Advance(12);
        Assert.Single(world.Driver.Calls);
        world.Pump.Run(gate.SetResult);
        Assert.Equal(Verdict.Deployed, world.RunToEnd().Nodes[0].Verdict);
    }

    [Fact]
    public void Deadline_DriverIgnoresItsToken_TheRetryGoesOnAfterTheGrace()
    {
        var world = new EngineWorld();
        world.Driver.Before = (e, _, _) => e.Attempt == 1 ? new TaskCompletionSource().Task : Task.CompletedTask;
        world.Submit("node-1", Sample.Plan("A:1::dummy"));
        world.Advance(12);
        Assert.Single(world.Driver.Calls);
        world.Advance(2);
        Assert.Equal(Verdict.Deployed, world.Engine.Get("D-1")!.Nodes[0].Verdict);
        Assert.Contains("has not ended", Assert.Single(world.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public void Deadline_ReportComesAfterIt_IsNotHeard()
    {
        var world = new EngineWorld();
        IStepReport? late = null;
        world.Driver.Before = (_, report, _) =>
        {
            late = report;
            return Task.CompletedTask;
        };
        world.Driver.React = (_, _) => Reaction.Never;
        world.Submit("node-1", Sample.Plan("A:0::dummy"));
        world.Advance(11);
        var entries = world.Journal.Entries.Count;
        world.Pump.Run(() => late!.Finished("node-1", Outcome.Done.Plain));
        world.Pump.Drain();
        Assert.Equal(Verdict.Failed, world.Engine.Get("D-1")!.Nodes[0].Verdict);
        Assert.Equal(entries, world.Journal.Entries.Count);
    }

    [Fact]
    public void InstanceTimeout_OverBetweenSteps_NextStepIsNotStarted()
    {
        var world = EngineWorld.Reacting((e, _) => e.MicroStep == "dummy" ? Reaction.OkAfter(5) : Reaction.Ok);
        var end = world.Deploy("node-1", Sample.Plan("A:0:5:dummy,sync"));
        Assert.Equal(Verdict.Failed, end.Nodes[0].Verdict);
        Assert.DoesNotContain(world.Driver.Calls, c => c.MicroStep == "sync");
    }

    [Fact]
    public void Limit_Formula_CountsTheNodesOfTheSet()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.Never);
        var plan = Sample.Plan("A:0::dummy");
        var instance = plan.MacroSteps[0].Instances[0];
        plan = new([plan.MacroSteps[0] with { Instances = [instance with { MicroSteps = [instance.MicroSteps[0] with { Limit = new("2*n+1") }] }] }]);
        var end = world.Deploy("node-[1-10]", plan);
        Assert.Equal(21, (end.EndedAt! - end.CreatedAt).Value.TotalSeconds);
    }
}
