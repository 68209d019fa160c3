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
}
