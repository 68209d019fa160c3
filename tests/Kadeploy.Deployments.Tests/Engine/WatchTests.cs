using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Tests.Engine;

public sealed class WatchTests
{
    [Fact]
    public void Watch_WholeDeployment_TellsStepsVerdictsAndTheEnd()
    {
        var world = EngineWorld.Reacting((_, node) => node == "node-2" ? Reaction.Bad : Reaction.OkAfter(1));
        var seen = Collect(world, "D-1", 0, () => world.Submit("node-[1-2]", Sample.Plan("A:0::dummy")));
        world.RunToEnd();
        Assert.Equal(
            ["Step node-1 running", "Step node-2 running", "Step node-2 failed", "Step node-1 done", "Verdict node-1 deployed", "Verdict node-2 failed", "End  "],
            seen.Select(e => $"{e.Kind} {e.Node} {e.Outcome}"));
        Assert.Equal([1L, 2, 3, 4, 5, 6, 7], seen.Select(e => e.Sequence));
    }

    [Fact]
    public void Watch_FromASequence_TellsOnlyWhatCameAfter()
    {
        var world = new EngineWorld();
        world.Deploy("node-1", Sample.Plan("A:0::dummy,sync"));
        Assert.Equal([4L, 5, 6], Collect(world, "D-1", 3, () => { }).Select(e => e.Sequence));
    }

    [Fact]
    public void Watch_AcrossARestart_NumbersStayTheSame()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(3));
        var before = Collect(world, "D-1", 0, () => world.Submit("node-[1-2]", Sample.Plan("A:0::dummy,sync")));
        world.Advance(4);
        var seen = before.Count;
        world.Restart();
        var after = Collect(world, "D-1", 0, () => { });
        Assert.Equal(before.Take(seen), after.Take(seen));
        world.RunToEnd();
        Assert.Equal(after.Count, after.Select(e => e.Sequence).Distinct().Count());
    }

    [Fact]
    public void Watch_Progress_CarriesTheNewestAndTheRate()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(9));
        IStepReport? report = null;
        world.Driver.Before = (_, r, _) =>
        {
            report = r;
            return Task.CompletedTask;
        };
        var seen = Collect(world, "D-1", 0, () => world.Submit("node-1", Sample.Plan("A:0::send_environment")));
        world.Pump.Drain();
        world.Pump.Run(() => report!.Progress("node-1", "receives", 0, 1000));
        world.Advance(1);
        world.Pump.Run(() => report!.Progress("node-1", "receives", 100, 1000));
        world.Pump.Run(() => report!.Progress("node-1", "writes", 200, 1000));
        world.Pump.Drain();
        var last = seen[^1];
        Assert.Equal((DeploymentEventKind.Progress, "writes", 200L, 1000L, 1L), (last.Kind, last.Activity, last.Done, last.Total, last.Sequence));
        Assert.Equal(("SetDeploymentEnv", "send_environment"), (last.MacroStep, last.MicroStep));
        Assert.Equal(100, last.BytesPerSecond);
        var node = world.Engine.Get("D-1")!.Nodes[0];
        Assert.Equal(("writes", 200L), (node.Activity, node.Done));
        world.RunToEnd();
        Assert.Equal("", world.Engine.Get("D-1")!.Nodes[0].Activity);
    }

    [Fact]
    public void Watch_UnknownDeployment_EndsAtOnce() => Assert.Empty(Collect(new(), "D-9", 0, () => { }));

    private static List<DeploymentEvent> Collect(EngineWorld world, string id, long after, Action first)
    {
        var seen = new List<DeploymentEvent>();
        first();
        world.Pump.Run(() => _ = ReadAsync());
        world.Pump.Drain();
        return seen;

        async Task ReadAsync()
        {
            await foreach (var told in world.Engine.WatchAsync(id, after, CancellationToken.None))
                seen.AddRange(told);
        }
    }
}
