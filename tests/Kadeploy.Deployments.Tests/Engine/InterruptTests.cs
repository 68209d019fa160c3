using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Tests.Engine;

public sealed class InterruptTests
{
    private static readonly Plan Short = Sample.Plan("A:0::dummy");

    [Theory]
    [InlineData(OperationKind.Deployment, OperationKind.Deployment, Meeting.ByForce)]
    [InlineData(OperationKind.Deployment, OperationKind.Reboot, Meeting.ByForce)]
    [InlineData(OperationKind.Reboot, OperationKind.Deployment, Meeting.ByForce)]
    [InlineData(OperationKind.Power, OperationKind.Deployment, Meeting.ByForce)]
    [InlineData(OperationKind.Broadcast, OperationKind.Deployment, Meeting.ByForce)]
    [InlineData(OperationKind.Deployment, OperationKind.Broadcast, Meeting.ByForce)]
    [InlineData(OperationKind.PowerStatus, OperationKind.Broadcast, Meeting.Beside)]
    [InlineData(OperationKind.PowerStatus, OperationKind.Deployment, Meeting.Beside)]
    [InlineData(OperationKind.Deployment, OperationKind.PowerStatus, Meeting.Beside)]
    [InlineData(OperationKind.PowerStatus, OperationKind.PowerStatus, Meeting.Beside)]
    public void Table_TwoOperations_MeetAsItSays(OperationKind comer, OperationKind running, Meeting expected) =>
        Assert.Equal(expected, InterruptTable.Of(comer, running));

    [Fact]
    public void Submit_WithForce_TakesItsNodesOverAndTheOthersGoOn()
    {
        var world = EngineWorld.Reacting((e, _) => e.Deployment.Id == "D-1" ? Reaction.OkAfter(5) : Reaction.Ok);
        world.Submit("node-[1-3]", Sample.Plan("A:0::send_environment,sync"));
        world.Advance(1);
        Assert.IsType<SubmitResult.Busy>(Submit(world, "node-2", "R-2", force: false));
        Assert.IsType<SubmitResult.Accepted>(Submit(world, "node-2", "R-2", force: true));
        var taken = world.Engine.Get("D-1")!.Nodes[1];
        Assert.Equal((Verdict.Cancelled, "interrupted", Party.User, "interrupted by R-2 of bob"), (taken.Verdict, taken.Failure!.Reason, taken.Failure.Party, taken.Failure.Detail));
        Assert.Equal(Verdict.Done, world.RunToEnd("R-2").Nodes[0].Verdict);
        var end = world.RunToEnd();
        Assert.Equal([Verdict.Deployed, Verdict.Cancelled, Verdict.Deployed], end.Nodes.Select(n => n.Verdict));
        Assert.Null(end.CancelledBy);
    }

    [Fact]
    public void Submit_WithForce_FirstStepWaitsUntilTheNodeWasLetGo()
    {
        var world = EngineWorld.Reacting((e, _) => e.Deployment.Id == "D-1" ? Reaction.OkAfter(8) : Reaction.Ok);
        world.Driver.LettingGo = TimeSpan.FromSeconds(2);
        world.Submit("node-[1-2]", Sample.Plan("A:0::send_environment"));
        world.Advance(1);
        Submit(world, "node-2", "R-2", force: true);
        world.Advance(1.5);
        Assert.Single(world.Driver.Calls, c => c.Deployment.Id == "D-1");
        Assert.DoesNotContain(world.Driver.Calls, c => c.Deployment.Id == "R-2");
        Assert.Equal("R-2", world.Engine.OwnerOf("node-2")!.Deployment);
        world.Advance(1);
        Assert.Single(world.Driver.Calls, c => c.Deployment.Id == "R-2");
    }

    [Fact]
    public void Submit_WithForce_BothEntriesAreWrittenTogether()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(5));
        world.Submit("node-1", Short);
        var writes = world.Journal.Writes;
        Submit(world, "node-1", "R-2", force: true);
        Assert.Equal(writes + 1, world.Journal.Writes);
        Assert.NotNull(world.Engine.Get("D-1")!.EndedAt);
    }

    [Fact]
    public void Submit_WithForce_SeveralOperationsLoseTheirNodes()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(5));
        world.Submit("node-1", Short, "D-1");
        world.Submit("node-[2-3]", Short, "D-2");
        Submit(world, "node-[1-2]", "D-3", force: true, OperationKind.Deployment);
        Assert.All(["node-1", "node-2"], n => Assert.Equal("D-3", world.Engine.OwnerOf(n)!.Deployment));
        Assert.Equal("D-2", world.Engine.OwnerOf("node-3")!.Deployment);
        Assert.Equal([Verdict.Deployed, Verdict.Deployed], world.RunToEnd("D-3").Nodes.Select(n => n.Verdict));
    }

    [Fact]
    public void Submit_PowerStatus_GoesOnBesideTheOwnerAndTakesNothing()
    {
        var world = EngineWorld.Reacting((e, _) => e.Deployment.Id == "D-1" ? Reaction.OkAfter(5) : Reaction.Ok);
        world.Submit("node-1", Short);
        Assert.IsType<SubmitResult.Accepted>(Submit(world, "node-1", "S-1", force: false, OperationKind.PowerStatus));
        world.Advance(1);
        Assert.Equal(Verdict.Done, world.Engine.Get("S-1")!.Nodes[0].Verdict);
        Assert.Equal("D-1", world.Engine.OwnerOf("node-1")!.Deployment);
        Assert.Equal(Verdict.Deployed, world.RunToEnd().Nodes[0].Verdict);
        Assert.Null(world.Engine.OwnerOf("node-1"));
    }

    [Fact]
    public void Resume_AfterATakeover_TheNewOwnerGoesOnAndTheOldOneDoesNot()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(5));
        world.Submit("node-[1-2]", Sample.Plan("A:0::send_environment,sync"));
        Submit(world, "node-2", "R-2", force: true);
        world.Restart();
        Assert.Equal("R-2", world.Engine.OwnerOf("node-2")!.Deployment);
        Assert.Equal([Verdict.Deployed, Verdict.Cancelled], world.RunToEnd().Nodes.Select(n => n.Verdict));
        Assert.Equal(Verdict.Done, world.RunToEnd("R-2").Nodes[0].Verdict);
    }

    private static SubmitResult Submit(EngineWorld world, string nodes, string id, bool force, OperationKind kind = OperationKind.Reboot) =>
        world.Pump.Complete(() => world.Engine.SubmitAsync(
            Sample.Request(id, "bob") with { Kind = kind, Force = force }, Sample.Nodes(nodes), Short, CancellationToken.None));
}
