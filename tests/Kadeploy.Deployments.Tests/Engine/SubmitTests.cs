using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Tests.Engine;

public sealed class SubmitTests
{
    [Fact]
    public void Submit_BusyNodes_RefusedNamingNodesWhoseAndSinceWhen()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(5));
        world.Submit("node-[1-3]", Sample.Plan("A:0::dummy"), "D-1", "alice");
        var since = world.Time.GetUtcNow();
        world.Advance(1);
        var busy = Assert.IsType<SubmitResult.Busy>(world.Submit("node-[3-4],node-2", Sample.Plan("A:0::dummy"), "D-2", "bob"));
        Assert.Equal([new("node-2", "D-1", "alice", since), new BusyNode("node-3", "D-1", "alice", since)], busy.Nodes);
        Assert.Null(world.Engine.Get("D-2"));
        Assert.Null(world.Engine.OwnerOf("node-4"));
    }

    [Fact]
    public void Submit_NodeThatHasItsVerdict_IsFreeWhileTheOthersGoOn()
    {
        var world = EngineWorld.Reacting((e, node) => e.MicroStep == "sync" ? Reaction.OkAfter(5) : node == "node-1" ? Reaction.Bad : Reaction.Ok);
        world.Submit("node-[1-2]", Sample.Plan("A:0::reboot,sync"));
        world.Advance(1);
        Assert.IsType<SubmitResult.Busy>(world.Submit("node-2", Sample.Plan("A:0::dummy"), "D-2"));
        Assert.IsType<SubmitResult.Accepted>(world.Submit("node-1", Sample.Plan("A:0::dummy"), "D-3"));
    }

    [Fact]
    public void Submit_TwoAtOnceForTheSameNodes_OneIsRefused()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(5));
        var tasks = new List<Task<SubmitResult>>();
        world.Pump.Run(() =>
        {
            tasks.Add(world.Engine.SubmitAsync(Sample.Request("D-1"), Sample.Nodes("node-1"), Sample.Plan("A:0::dummy"), CancellationToken.None));
            tasks.Add(world.Engine.SubmitAsync(Sample.Request("D-2"), Sample.Nodes("node-1"), Sample.Plan("A:0::dummy"), CancellationToken.None));
        });
        world.Pump.Drain();
        Assert.IsType<SubmitResult.Accepted>(world.Pump.Complete(() => tasks[0]));
        Assert.IsType<SubmitResult.Busy>(world.Pump.Complete(() => tasks[1]));
    }

    [Fact]
    public void Submit_NodesGivenTwiceOrNone_RefusedNamingTheField()
    {
        var world = new EngineWorld();
        Refused(world.Pump.Complete(() => world.Engine.SubmitAsync(
            Sample.Request(), [Sample.Node("node-1"), Sample.Node("node-1")], Sample.Plan("A:0::dummy"), CancellationToken.None)), "nodes");
        Refused(world.Pump.Complete(() => world.Engine.SubmitAsync(Sample.Request(), [], Sample.Plan("A:0::dummy"), CancellationToken.None)), "nodes");
        Refused(world.Submit("node-1", new([])), "macroSteps");
        Refused(world.Submit("node-1", Sample.Plan("A:-1::dummy")), "SetDeploymentEnv[0].retries");
        Assert.Empty(world.Journal.Entries);
        Assert.Empty(world.Driver.Calls);
    }

    [Fact]
    public void Submit_SameIdTwice_Refused()
    {
        var world = new EngineWorld();
        world.Deploy("node-1", Sample.Plan("A:0::dummy"));
        Refused(world.Submit("node-1", Sample.Plan("A:0::dummy")), "id");
    }

    private static void Refused(SubmitResult result, string field) =>
        Assert.Contains(Assert.IsType<SubmitResult.Invalid>(result).Errors, (PlanError e) => e.Field == field);
}
