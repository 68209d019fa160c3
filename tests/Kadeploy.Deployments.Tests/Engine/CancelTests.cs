using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Tests.Engine;

public sealed class CancelTests
{
    [Fact]
    public void Cancel_RunningDeployment_EveryNodeIsCancelledAtOnceAndTheDriverTold()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.Never);
        world.Submit("node-[1-2]", Sample.Plan("A:3::dummy|B:3::dummy"));
        Assert.True(world.Cancel());
        var end = world.Engine.Get("D-1")!;
        Assert.Equal("bob", end.CancelledBy);
        Assert.NotNull(end.EndedAt);
        Assert.All(end.Nodes, n => Assert.Equal((Verdict.Cancelled, "cancelled", Party.User), (n.Verdict, n.Failure!.Reason, n.Failure.Party)));
        Assert.Equal(world.Driver.Calls.Select(c => c.Id), world.Driver.Cancelled);
    }

    [Fact]
    public void Cancel_UnknownOrFinishedDeployment_SaysThereWasNothing()
    {
        var world = new EngineWorld();
        Assert.False(world.Cancel("D-9"));
        world.Deploy("node-1", Sample.Plan("A:0::dummy"));
        Assert.False(world.Cancel());
    }

    [Fact]
    public void Cancel_SomeNodesOfASharedStep_LeaveAtOnceAndTheOthersGoOn()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(5));
        world.Submit("node-[1-3]", Sample.Plan("A:0::send_environment,sync"));
        Assert.True(world.Cancel("D-1", "node-2"));
        Assert.Equal((Verdict.Cancelled, "cancelled"), (world.Engine.Get("D-1")!.Nodes[1].Verdict, world.Engine.Get("D-1")!.Nodes[1].Steps[^1].Outcome));
        Assert.Equal(["node-2"], world.Driver.LetGo);
        Assert.Null(world.Engine.OwnerOf("node-2"));
        var end = world.RunToEnd();
        Assert.Equal([Verdict.Deployed, Verdict.Cancelled, Verdict.Deployed], end.Nodes.Select(n => n.Verdict));
        Assert.Equal(["node-1", "node-3"], world.Driver.Calls[1].Nodes.Select(n => n.Name));
        Assert.Null(end.CancelledBy);
        Assert.Empty(world.Driver.Cancelled);
    }

    [Fact]
    public void Cancel_NodeThatIsDoneAndWaitsForTheOthers_LeavesToo()
    {
        var world = EngineWorld.Reacting((_, node) => node == "node-1" ? Reaction.Ok : Reaction.OkAfter(5));
        world.Submit("node-[1-2]", Sample.Plan("A:0::send_environment,sync"));
        world.Advance(1);
        Assert.True(world.Cancel("D-1", "node-1"));
        var end = world.RunToEnd();
        Assert.Equal([Verdict.Cancelled, Verdict.Deployed], end.Nodes.Select(n => n.Verdict));
        Assert.Equal("done", end.Nodes[0].Steps[^1].Outcome);
    }

    [Fact]
    public void Cancel_AllThatIsPendingInAStep_TheOthersGoOnAtOnce()
    {
        var world = EngineWorld.Reacting((e, node) => e.MicroStep == "reboot" && node == "node-2" ? Reaction.Never : Reaction.OkAfter(1));
        world.Submit("node-[1-2]", Sample.Plan("A:0::reboot,sync"));
        world.Advance(2);
        Assert.True(world.Cancel("D-1", "node-2"));
        var end = world.RunToEnd();
        Assert.Equal([Verdict.Deployed, Verdict.Cancelled], end.Nodes.Select(n => n.Verdict));
        Assert.Equal(3, (end.EndedAt! - end.CreatedAt).Value.TotalSeconds);
    }

    [Fact]
    public void Cancel_SameNodeTwice_SecondFindsNothing()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(5));
        world.Submit("node-[1-2]", Sample.Plan("A:0::dummy"));
        Assert.True(world.Cancel("D-1", "node-2"));
        Assert.False(world.Cancel("D-1", "node-2"));
    }
}
