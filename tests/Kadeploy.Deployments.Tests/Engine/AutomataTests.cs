using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Tests.Engine;

/// <summary>The behaviour of Kadeploy3's automata, as it was measured on 16 nodes; where we differ on purpose the test says so.</summary>
public sealed class AutomataTests
{
    private const string Sixteen = "node-[1-16]";

    [Fact]
    public void Deploy_EverythingWorks_EveryNodeIsDeployed()
    {
        var world = new EngineWorld();
        var end = world.Deploy(Sixteen, Sample.Plan("A:0::dummy,dummy", "B:0::dummy", "C:0::dummy"));
        Assert.Equal(16, end.Count(Verdict.Deployed));
        Assert.Equal(4, world.Driver.Calls.Count);
        Assert.Equal(["dummy", "dummy", "dummy", "dummy"], end.Nodes[3].Steps.Select(s => s.MicroStep));
    }

    [Fact]
    public void Deploy_StepFails_AllFailAndLaterStepsNeverRun()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.Bad);
        var end = world.Deploy(Sixteen, Sample.Plan("A:0::dummy", "B:0::dummy"));
        Assert.Equal(16, end.Count(Verdict.Failed));
        Assert.Single(world.Driver.Calls);
        Assert.All(end.Nodes, n => Assert.Equal(new Failure("SetDeploymentEnv/dummy", Party.Agent, "broken", "as told"), n.Failure));
    }

    [Fact]
    public void Deploy_InstanceTimeoutBeforeStepIsDone_NodesFail()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(3));
        var end = world.Deploy(Sixteen, Sample.Plan("A:0:1:dummy"));
        Assert.Equal(16, end.Count(Verdict.Failed));
        Assert.Equal(1, (end.EndedAt! - end.CreatedAt).Value.TotalSeconds);
        Assert.All(end.Nodes, n => Assert.Equal("deadline", n.Failure!.Reason));
    }

    [Fact]
    public void Deploy_TimeoutWhenSomeHaveFinished_FailsOnlyTheOthers()
    {
        // Kadeploy3 failed them all, even those that had finished.
        var world = EngineWorld.Reacting((_, node) => node is "node-7" or "node-9" ? Reaction.Never : Reaction.OkAfter(3));
        var end = world.Deploy(Sixteen, Sample.Plan("A:0:5:dummy", "B:0::dummy"));
        Assert.Equal(14, end.Count(Verdict.Deployed));
        Assert.Equal(["node-7", "node-9"], end.Nodes.Where(n => n.Verdict == Verdict.Failed).Select(n => n.Node));
        Assert.Equal(14, world.Driver.Calls[1].Nodes.Count);
    }

    [Fact]
    public void Deploy_OneRetryAndFailsOnce_TwoCallsAndAllDeployed()
    {
        var world = EngineWorld.Reacting((e, _) => e.Attempt == 1 ? Reaction.Bad : Reaction.Ok);
        var end = world.Deploy(Sixteen, Sample.Plan("A:1::dummy"));
        Assert.Equal(16, end.Count(Verdict.Deployed));
        Assert.Equal([1, 2], world.Driver.Calls.Select(c => c.Attempt));
    }

    [Fact]
    public void Deploy_TwoRetriesAndAlwaysFails_ThreeCallsAndAllFailed()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.Bad);
        var end = world.Deploy(Sixteen, Sample.Plan("A:2::dummy"));
        Assert.Equal(16, end.Count(Verdict.Failed));
        Assert.Equal(3, world.Driver.Calls.Count);
    }

    [Fact]
    public void Deploy_FirstInstanceFails_FallbackDeploys()
    {
        var world = EngineWorld.Reacting((e, _) => e.Id.Contains("-A/", StringComparison.Ordinal) ? Reaction.Bad : Reaction.Ok);
        var end = world.Deploy(Sixteen, Sample.Plan("A:0::dummy|B:0::dummy"));
        Assert.Equal(16, end.Count(Verdict.Deployed));
        Assert.Equal(2, world.Driver.Calls.Count);
    }

    [Fact]
    public void Deploy_HalfFailsWithFallback_FinalStepRunsOnceForEachHalf()
    {
        var world = EngineWorld.Reacting((e, node) => e.Id.Contains("-A/", StringComparison.Ordinal) && Number(node) > 8 ? Reaction.Bad : Reaction.Ok);
        var end = world.Deploy(Sixteen, Sample.Plan("A:0::dummy|B:0::dummy", "C:0::sync"));
        Assert.Equal(16, end.Count(Verdict.Deployed));
        Assert.Equal([8, 8], world.Driver.Calls.Where(c => c.MicroStep == "sync").Select(c => c.Nodes.Count));
        Assert.Equal(["s1", "s2"], end.Nodes.Select(n => n.NodeSet).Distinct());
    }

    [Fact]
    public void Deploy_SomeFailWithRetry_OnlyTheyAreRetried()
    {
        var world = EngineWorld.Reacting((e, node) => e.Attempt == 1 && Number(node) <= 3 ? Reaction.Bad : Reaction.Ok);
        var end = world.Deploy(Sixteen, Sample.Plan("A:1::dummy"));
        Assert.Equal(16, end.Count(Verdict.Deployed));
        Assert.Equal(["node-1", "node-2", "node-3"], world.Driver.Calls[1].Nodes.Select(n => n.Name));
    }

    [Fact]
    public void Deploy_SomeFailEarly_TheOthersDoNotWaitForTheirRetry()
    {
        var world = EngineWorld.Reacting((e, node) => (e.MicroStep, e.Attempt, node) switch
        {
            ("reboot", 1, "node-1") => Reaction.Bad,
            ("reboot", 2, "node-1") => Reaction.OkAfter(8),
            _ => Reaction.OkAfter(1),
        });
        var end = world.Deploy("node-[1-3]", Sample.Plan("A:1::reboot", "B:0::sync"));
        Assert.Equal(3, end.Count(Verdict.Deployed));
        Assert.Equal([10.0, 2.0, 2.0], end.Nodes.Select(n => (n.EndedAt! - end.CreatedAt).Value.TotalSeconds));
    }

    [Fact]
    public void Deploy_Fallback_RestartsTheRetryCounter()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.Bad);
        world.Deploy(Sixteen, Sample.Plan("A:1::dummy|B:2::dummy"));
        Assert.Equal([1, 2, 1, 2, 3], world.Driver.Calls.Select(c => c.Attempt));
    }

    [Fact]
    public void Deploy_SecondMacroStep_RestartsTheRetryCounter()
    {
        var world = EngineWorld.Reacting((e, _) => e.Attempt == 1 ? Reaction.Bad : Reaction.Ok);
        var end = world.Deploy(Sixteen, Sample.Plan("A:1::dummy", "B:1::dummy", "C:1::dummy"));
        Assert.Equal(16, end.Count(Verdict.Deployed));
        Assert.Equal([1, 2, 1, 2, 1, 2], world.Driver.Calls.Select(c => c.Attempt));
    }

    [Fact]
    public void Deploy_Retry_BeginsWithTheInstancesFirstStep()
    {
        var world = EngineWorld.Reacting((e, _) => e is { MicroStep: "sync", Attempt: 1 } ? Reaction.Bad : Reaction.Ok);
        world.Deploy("node-1", Sample.Plan("A:1::dummy,sync"));
        Assert.Equal(["dummy", "sync", "dummy", "sync"], world.Driver.Calls.Select(c => c.MicroStep));
    }

    [Fact]
    public void Deploy_DriverLeavesNodesOut_TheyFailWithNoReport()
    {
        var world = new EngineWorld();
        world.Driver.React = (_, node) => Number(node) % 2 == 0 ? Reaction.Ok : new(TimeSpan.Zero, null);
        var end = world.Deploy(Sixteen, Sample.Plan("A:0::dummy"));
        Assert.Equal(8, end.Count(Verdict.Deployed));
        Assert.All(end.Nodes.Where(n => n.Verdict == Verdict.Failed), n => Assert.Equal((Party.Controller, "no-report"), (n.Failure!.Party, n.Failure.Reason)));
    }

    [Fact]
    public void Deploy_DriverReportsANodeTwice_TheFirstWordCounts()
    {
        // Kadeploy3's automata took a node in both lists for failed; a late "failed" of a node that has gone on would be worse.
        var world = new EngineWorld();
        world.Driver.Before = (e, report, _) =>
        {
            report.Finished("node-1", Outcome.Done.Plain);
            report.Finished("node-1", new Outcome.Failed(Party.Agent, "second-thoughts", ""));
            report.Finished("nobody", Outcome.Done.Plain);
            return Task.CompletedTask;
        };
        Assert.Equal(2, world.Deploy("node-[1-2]", Sample.Plan("A:0::dummy")).Count(Verdict.Deployed));
    }

    [Fact]
    public void Deploy_DriverThrows_UnreportedNodesFailAndOthersGoOn()
    {
        // In Kadeploy3 one exception aborted the whole operation.
        var world = new EngineWorld();
        world.Driver.Before = (e, report, _) =>
        {
            if (e.MicroStep != "reboot")
                return Task.CompletedTask;
            report.Finished("node-1", Outcome.Done.Plain);
            throw new InvalidOperationException("a bug");
        };
        var end = world.Deploy("node-[1-3]", Sample.Plan("A:0::reboot", "B:0::sync"));
        Assert.Equal(Verdict.Deployed, end.Nodes[0].Verdict);
        Assert.Equal(new Failure("SetDeploymentEnv/reboot", Party.Controller, "internal-error", "InvalidOperationException: a bug"), end.Nodes[1].Failure);
        Assert.Single(world.Notices);
    }

    [Fact]
    public void Deploy_Breakpoint_NodesStopAndTheStepIsNeverCalled()
    {
        var world = new EngineWorld();
        var plan = Sample.Plan("A:0::dummy", "B:0::sync");
        var macro = plan.MacroSteps[1];
        var instance = macro.Instances[0];
        plan = new([plan.MacroSteps[0], macro with { Instances = [instance with { MicroSteps = [instance.MicroSteps[0] with { Breakpoint = true }] }] }]);
        var end = world.Deploy(Sixteen, plan);
        Assert.Equal(16, end.Count(Verdict.Stopped));
        Assert.DoesNotContain(world.Driver.Calls, c => c.MicroStep == "sync");
    }

    [Fact]
    public void Deploy_BreakpointInOneInstance_MixesStoppedFailedAndDeployed()
    {
        // Kadeploy3's test_breakpoint: 0 to 8 stop, 9 to 12 fail, 13 to 15 go the whole way.
        var world = EngineWorld.Reacting((e, node) => (e.Id.Contains("-A/", StringComparison.Ordinal), Number(node)) switch
        {
            (true, > 8) or (false, > 8 and < 13) => Reaction.Bad,
            _ => Reaction.Ok,
        });
        var plan = Sample.Plan("A:0::dummy,sync|B:0::dummy", "C:0::reboot");
        var macro = plan.MacroSteps[0];
        var first = macro.Instances[0];
        plan = new([macro with { Instances = [first with { MicroSteps = [first.MicroSteps[0], first.MicroSteps[1] with { Breakpoint = true }] }, macro.Instances[1]] }, plan.MacroSteps[1]]);

        var end = world.Deploy("node-[0-15]", plan);

        Assert.Equal(Enumerable.Range(0, 9), Numbers(Verdict.Stopped));
        Assert.Equal(Enumerable.Range(9, 4), Numbers(Verdict.Failed));
        Assert.Equal(Enumerable.Range(13, 3), Numbers(Verdict.Deployed));
        Assert.DoesNotContain(world.Driver.Calls, c => c.MicroStep == "sync");
        Assert.Equal(["node-13", "node-14", "node-15"], world.Driver.Calls.Single(c => c.MicroStep == "reboot").Nodes.Select(n => n.Name));

        IEnumerable<int> Numbers(Verdict verdict) => end.Nodes.Where(n => n.Verdict == verdict).Select(n => Number(n.Node));
    }

    [Fact]
    public void Deploy_TimeoutOfZero_IsNone()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(9));
        Assert.Equal(16, world.Deploy(Sixteen, Sample.Plan("A:0:0:dummy,sync")).Count(Verdict.Deployed));
    }

    [Fact]
    public void Deploy_TimeoutWithARetryAndAFallback_GoesThroughBothLikeAFailure()
    {
        var world = EngineWorld.Reacting((e, _) => e.Id.Contains("-A/", StringComparison.Ordinal) ? Reaction.Never : Reaction.Ok);
        var end = world.Deploy(Sixteen, Sample.Plan("A:1:3:dummy|B:0::dummy"));
        Assert.Equal(16, end.Count(Verdict.Deployed));
        Assert.Equal([1, 2, 1], world.Driver.Calls.Select(c => c.Attempt));
        Assert.Equal(6, (end.EndedAt! - end.CreatedAt).Value.TotalSeconds);
    }

    [Fact]
    public void Deploy_RetryFailsInPart_SplitsAgainAndEverySetGoesOnByItself()
    {
        // Half of those that try get through: 8, 4, 2, 1.
        var world = EngineWorld.Reacting((e, node) => e.MicroStep == "dummy" && Number(node) > 16 - (16 >> e.Attempt) ? Reaction.Bad : Reaction.Ok);
        var end = world.Deploy(Sixteen, Sample.Plan("A:3::dummy", "B:0::sync"));
        Assert.Equal([16, 8, 4, 2], world.Driver.Calls.Where(c => c.MicroStep == "dummy").Select(c => c.Nodes.Count));
        Assert.Equal([8, 4, 2, 1], world.Driver.Calls.Where(c => c.MicroStep == "sync").Select(c => c.Nodes.Count));
        Assert.Equal((15, 1), (end.Count(Verdict.Deployed), end.Count(Verdict.Failed)));
        Assert.Equal(4, end.Nodes.Select(n => n.NodeSet).Distinct().Count());
    }

    [Fact]
    public void Deploy_Skipped_CountsAsDone()
    {
        var world = EngineWorld.Reacting((_, _) => new(TimeSpan.Zero, new Outcome.Skipped("no swap")));
        var end = world.Deploy("node-1", Sample.Plan("A:0::dummy"));
        Assert.Equal(Verdict.Deployed, end.Nodes[0].Verdict);
        Assert.Equal("skipped", end.Nodes[0].Steps[0].Outcome);
    }

    [Fact]
    public void Deploy_Facts_ReachLaterStepsAndTheVerdict()
    {
        var world = EngineWorld.Reacting((e, node) => e.MicroStep == "dummy"
            ? new(TimeSpan.Zero, new Outcome.Done(new Dictionary<string, string> { ["boot-id"] = "of-" + node })) : Reaction.Ok);
        var end = world.Deploy("node-[1-2]", Sample.Plan("A:0::dummy,sync"));
        Assert.Equal("of-node-2", world.Driver.Calls[1].Facts["node-2"]["boot-id"]);
        Assert.Equal("of-node-1", end.Nodes[0].Facts["boot-id"]);
    }

    [Fact]
    public void Deploy_Levels_ClimbWithEveryAttemptAndStayAtTheLast()
    {
        var world = EngineWorld.Reacting((e, _) => e.Attempt < 4 ? Reaction.Bad : Reaction.Ok);
        var plan = Sample.Plan("A:3::reboot");
        var instance = plan.MacroSteps[0].Instances[0];
        plan = new([plan.MacroSteps[0] with
        {
            Instances = [instance with
            {
                MicroSteps = [instance.MicroSteps[0] with
                {
                    Arguments = new Dictionary<string, string> { ["kept"] = "yes" },
                    Levels = ["soft", "hard", "very_hard"],
                }],
            }],
        }]);
        world.Deploy("node-1", plan);
        Assert.Equal(["soft", "hard", "very_hard", "very_hard"], world.Driver.Calls.Select(c => c.Arguments["level"]));
        Assert.All(world.Driver.Calls, c => Assert.Equal("yes", c.Arguments["kept"]));
    }

    [Fact]
    public void Deploy_Patience_ReadyNodesGoOnAndLateOnesFollow()
    {
        var world = EngineWorld.Reacting((e, node) => (e.MicroStep, Number(node)) switch
        {
            ("wait_reboot", 4) => Reaction.OkAfter(9),
            ("wait_reboot", 3) => Reaction.OkAfter(2.5),
            ("wait_reboot", _) => Reaction.OkAfter(1),
            _ => Reaction.Ok,
        });
        var plan = Sample.Plan("A:0::wait_reboot,sync");
        var instance = plan.MacroSteps[0].Instances[0];
        plan = new([plan.MacroSteps[0] with
        {
            Instances = [instance with { MicroSteps = [instance.MicroSteps[0] with { Patience = new("2") }, instance.MicroSteps[1]] }],
        }]);
        var end = world.Deploy("node-[1-4]", plan);
        Assert.Equal([3.0, 3.0, 3.0, 9.0], end.Nodes.Select(n => (n.EndedAt! - end.CreatedAt).Value.TotalSeconds));
        Assert.Equal(["s1", "s1", "s1", "s2"], end.Nodes.Select(n => n.NodeSet));
        Assert.Equal(1, world.Driver.Calls.Count(c => c.MicroStep == "wait_reboot"));
    }

    [Fact]
    public void Deploy_AssignmentsOfTwoClusters_EachFollowsItsOwnPlan()
    {
        var world = new EngineWorld();
        var result = world.Pump.Complete(() => world.Engine.SubmitAsync(
            Sample.Request(),
            [new(Sample.Plan("A:0::dummy"), Sample.Nodes("a-[1-2]")), new(Sample.Plan("B:0::sync"), Sample.Nodes("b-[1-3]"))],
            CancellationToken.None));
        Assert.IsType<SubmitResult.Accepted>(result);
        var end = world.RunToEnd();
        Assert.Equal(5, end.Count(Verdict.Deployed));
        Assert.Equal([("dummy", 2), ("sync", 3)], world.Driver.Calls.Select(c => (c.MicroStep, c.Nodes.Count)));
    }

    [Fact]
    public void Deploy_Nodes_AreInTheOrderOfTheChain()
    {
        var world = new EngineWorld();
        world.Deploy("node-10,node-9,node-2,node-1", Sample.Plan("A:0::dummy"));
        Assert.Equal(["node-1", "node-2", "node-9", "node-10"], world.Driver.Calls[0].Nodes.Select(n => n.Name));
    }

    private static int Number(string node) => int.Parse(node.Split('-')[1], null);
}
