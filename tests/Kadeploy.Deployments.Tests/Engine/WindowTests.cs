using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Tests.Engine;

public sealed class WindowTests
{
    [Fact]
    public void Window_MoreNodesThanPlaces_NeverMoreInsideThanItAllows()
    {
        var world = World(3, 0);
        var most = Watch(world);
        world.Driver.React = (_, node) => Reaction.OkAfter(1 + (node.Length % 3));
        var end = world.Deploy("node-[1-20]", Windowed());
        Assert.Equal(20, end.Count(Verdict.Deployed));
        Assert.Equal(3, most());
        Assert.Equal(20, world.Driver.Calls.Where(c => c.MicroStep == "reboot").Sum(c => c.Nodes.Count));
        // One set all the same: it goes on together.
        Assert.Equal(20, world.Driver.Calls.Single(c => c.MicroStep == "sync").Nodes.Count);
    }

    [Fact]
    public void Window_Pause_KeepsPlacesEmpty()
    {
        var world = World(2, 5);
        world.Driver.React = (e, _) => e.MicroStep == "reboot" ? Reaction.OkAfter(1) : Reaction.Ok;
        var end = world.Deploy("node-[1-6]", Windowed());
        // Three waves of two, each 1 s, with 5 s after the first and the second.
        Assert.Equal(13, (end.EndedAt! - end.CreatedAt).Value.TotalSeconds);
    }

    [Fact]
    public void Window_SeveralDeployments_InTheOrderOfArrival()
    {
        var world = World(1, 0);
        world.Driver.React = (_, _) => Reaction.OkAfter(1);
        world.Submit("a-[1-2]", Windowed(), "D-1");
        world.Submit("b-1", Windowed(), "D-2");
        world.Submit("c-1", Windowed(), "D-3");
        world.RunToEnd("D-3");
        Assert.Equal(["a-1", "a-2", "b-1", "c-1"], world.Driver.Calls.Where(c => c.MicroStep == "reboot").Select(c => c.Nodes.Single().Name));
    }

    [Fact]
    public void Window_TimeInFrontOfIt_CountsTowardsNoLimit()
    {
        // 10 s a step and 15 s for the instance, but the last of eight nodes is let in after 49 s.
        var world = World(1, 0);
        world.Driver.React = (_, _) => Reaction.OkAfter(7);
        var end = world.Deploy("node-[1-8]", Windowed("15"));
        Assert.Equal(8, end.Count(Verdict.Deployed));
    }

    [Fact]
    public void Window_NodeInsideStaysSilent_OnlyItFailsAndItsPlaceIsGivenOn()
    {
        var world = World(1, 0);
        world.Driver.React = (e, node) => e.MicroStep == "reboot" && node == "node-1" ? Reaction.Never : Reaction.OkAfter(1);
        var end = world.Deploy("node-[1-3]", Windowed());
        Assert.Equal([Verdict.Failed, Verdict.Deployed, Verdict.Deployed], end.Nodes.Select(n => n.Verdict));
        Assert.Equal("deadline", end.Nodes[0].Failure!.Reason);
        Assert.Single(world.Driver.Cancelled);
    }

    [Fact]
    public void Window_CancelWhileWaiting_LeavesAtOnceAndTakesNoPlace()
    {
        var world = World(1, 0);
        world.Driver.React = (_, _) => Reaction.OkAfter(5);
        world.Submit("a-1", Windowed(), "D-1");
        world.Submit("b-[1-3]", Windowed(), "D-2");
        world.Submit("c-1", Windowed(), "D-3");
        Assert.True(world.Cancel("D-2"));
        Assert.NotNull(world.Engine.Get("D-2")!.EndedAt);
        var end = world.RunToEnd("D-3");
        Assert.Equal(15, (end.EndedAt! - end.CreatedAt).Value.TotalSeconds);
        Assert.DoesNotContain(world.Driver.Calls, c => c.Deployment.Id == "D-2");
    }

    [Fact]
    public void Window_Restart_ThoseInsideGoFirstAndTheOthersWaitAgain()
    {
        var world = World(2, 0);
        var most = Watch(world);
        world.Driver.React = (e, _) => e.MicroStep == "reboot" ? Reaction.OkAfter(4) : Reaction.Ok;
        world.Submit("node-[1-5]", Windowed(), "D-1");
        world.Submit("b-[1-2]", Windowed(), "D-2");
        world.Advance(1);
        world.Restart();
        Assert.Equal(["node-1", "node-2"], world.Driver.Calls[^1].Nodes.Select(n => n.Name));
        world.RunToEnd("D-2");
        Assert.Equal(5, world.RunToEnd().Count(Verdict.Deployed));
        Assert.Equal(2, most());
    }

    [Fact]
    public void Window_Unknown_LetsEverybodyIn()
    {
        var world = new EngineWorld();
        world.Deploy("node-[1-9]", Windowed());
        Assert.Equal(9, world.Driver.Calls[0].Nodes.Count);
    }

    [Fact]
    public void Window_WithoutPlaces_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => World(0, 0));

    private static EngineWorld World(int nodes, double pause) =>
        new(new Dictionary<string, WindowSize> { ["reboot"] = new(nodes, TimeSpan.FromSeconds(pause)) });

    /// <summary>reboot through the window, then sync.</summary>
    private static Plan Windowed(string timeout = "")
    {
        var plan = Sample.Plan($"A:0:{timeout}:reboot,sync");
        var instance = plan.MacroSteps[0].Instances[0];
        return new([plan.MacroSteps[0] with { Instances = [instance with { MicroSteps = [instance.MicroSteps[0] with { Window = "reboot" }, instance.MicroSteps[1]] }] }]);
    }

    /// <summary>Counts the nodes that a driver has in hand in the windowed step.</summary>
    private static Func<int> Watch(EngineWorld world)
    {
        int inside = 0, most = 0;
        world.Driver.Hands = (e, change) =>
        {
            if (e.MicroStep == "reboot")
                most = Math.Max(most, inside += change);
        };
        return () => most;
    }
}
