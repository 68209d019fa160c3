using Kadeploy.Deployments.Engine;
using Kadeploy.TestSupport;

namespace Kadeploy.Deployments.Tests.Engine;

public sealed class ResumeTests
{
    [Fact]
    public void Resume_AfterAPlannedStop_RunningStepIsIssuedAgainUnderTheSameId()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(5));
        world.Submit("node-[1-2]", Sample.Plan("A:0::dummy", "B:0::sync"));
        world.Advance(2);
        world.Restart();
        var end = world.RunToEnd();
        Assert.Equal(2, end.Count(Verdict.Deployed));
        Assert.Equal(world.Driver.Calls[0].Id, world.Driver.Calls[1].Id);
        Assert.Equal(["dummy", "dummy", "sync"], world.Driver.Calls.Select(c => c.MicroStep));
        Assert.Single(world.Driver.Cancelled);
    }

    [Fact]
    public void Resume_SomeNodesWereReported_OnlyTheOthersAreIssuedAgainWithTheirFacts()
    {
        var world = EngineWorld.Reacting((e, node) => e.MicroStep == "dummy"
            ? new(TimeSpan.Zero, new Outcome.Done(new Dictionary<string, string> { ["root-uuid"] = "of-" + node }))
            : node == "node-1" ? Reaction.OkAfter(1) : Reaction.OkAfter(5));
        world.Submit("node-[1-3]", Sample.Plan("A:0::dummy,sync"));
        world.Advance(2);
        world.Restart();
        Assert.Equal(3, world.RunToEnd().Count(Verdict.Deployed));
        Assert.Equal(["node-2", "node-3"], world.Driver.Calls[2].Nodes.Select(n => n.Name));
        Assert.Equal("of-node-3", world.Driver.Calls[2].Facts["node-3"]["root-uuid"]);
    }

    [Fact]
    public void Resume_ControllerWasAwayBeyondTheDeadline_TheNodesAreNotBlamed()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(8));
        world.Submit("node-1", Sample.Plan("A:0:9:dummy"));
        world.Advance(4);
        world.Restart(secondsAway: 3600);
        Assert.Equal(Verdict.Deployed, world.RunToEnd().Nodes[0].Verdict);
    }

    [Fact]
    public void Resume_NodeStaysSilent_TheDeadlineStillFalls()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.Never);
        world.Submit("node-1", Sample.Plan("A:0::dummy"));
        world.Advance(4);
        world.Restart(secondsAway: 100);
        var back = world.Time.GetUtcNow();
        var end = world.RunToEnd();
        Assert.Equal("deadline", end.Nodes[0].Failure!.Reason);
        Assert.Equal(10, (end.EndedAt!.Value - back).TotalSeconds);
    }

    [Fact]
    public void Resume_Owners_AreKnownAgain()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.Never);
        world.Submit("node-1", Sample.Plan("A:0::dummy"));
        world.Restart();
        Assert.Equal("D-1", world.Engine.OwnerOf("node-1")!.Deployment);
        Assert.IsType<SubmitResult.Busy>(world.Submit("node-1", Sample.Plan("A:0::dummy"), "D-2"));
    }

    [Fact]
    public void Resume_PartialCancelBeforeTheStop_IsNotForgotten()
    {
        var world = EngineWorld.Reacting((_, _) => Reaction.OkAfter(5));
        world.Submit("node-[1-2]", Sample.Plan("A:0::dummy"));
        world.Cancel("D-1", "node-2");
        world.Restart();
        Assert.Equal([Verdict.Deployed, Verdict.Cancelled], world.RunToEnd().Nodes.Select(n => n.Verdict));
    }

    [Fact]
    public void Resume_FinishedDeployment_IsNotTouched()
    {
        var world = new EngineWorld();
        world.Deploy("node-1", Sample.Plan("A:0::dummy"));
        var entries = world.Journal.Entries.Count;
        world.Restart();
        Assert.Null(world.Engine.Get("D-1"));
        Assert.Equal(entries, world.Journal.Entries.Count);
    }

    [Fact]
    public void Journal_CannotBeWritten_NothingIsDoneAndTheEngineEnds()
    {
        var world = new EngineWorld();
        world.Journal.FailAt = 1;
        Assert.Throws<IOException>(() => world.Submit("node-1", Sample.Plan("A:0::dummy")));
        Assert.True(world.Engine.Completion.IsFaulted);
        Assert.Empty(world.Driver.Calls);
        Assert.Throws<InvalidOperationException>(() => world.Submit("node-1", Sample.Plan("A:0::dummy")));
    }

    [Fact]
    public void Journal_CannotBeRead_TheEngineEndsAndNobodyWaits()
    {
        var pump = new PumpContext();
        DeploymentEngine? engine = null;
        pump.Run(() => engine = new(new FakeDriver(TimeProvider.System), new BrokenJournal(), TimeProvider.System));
        Assert.Throws<InvalidDataException>(() => pump.Complete(() => engine!.ResumeAsync(CancellationToken.None)));
        Assert.True(engine!.Completion.IsFaulted);
        Assert.Throws<InvalidOperationException>(() => pump.Complete(() =>
            engine.SubmitAsync(Sample.Request(), Sample.Nodes("node-1"), Sample.Plan("A:0::dummy"), CancellationToken.None)));
        pump.Complete(engine.StopAsync);
    }

    [Fact]
    public void History_Replay_GivesThePictureThatTheEngineHad()
    {
        var world = EngineWorld.Reacting((e, node) => e.Attempt == 1 && node == "node-2" ? Reaction.Bad : Reaction.OkAfter(1));
        var end = world.Deploy("node-[1-3]", Sample.Plan("A:1::dummy,sync", "B:0::sync"));
        var replayed = DeploymentHistory.Replay(world.Journal.Entries);
        Assert.Equal(end.EndedAt, replayed.EndedAt);
        Assert.Equal(end.Nodes.Select(n => (n.Node, n.Verdict, n.NodeSet)), replayed.Nodes.Select(n => (n.Node, n.Verdict, n.NodeSet)));
        Assert.Equal(end.Nodes.SelectMany(n => n.Steps), replayed.Nodes.SelectMany(n => n.Steps));
    }

    [Fact]
    public void History_JournalWithAGap_IsRefused()
    {
        var world = new EngineWorld();
        world.Deploy("node-1", Sample.Plan("A:0::dummy,sync"));
        var entries = world.Journal.Entries.Where(e => e.Sequence != 2).ToList();
        Assert.Throws<InvalidDataException>(() => DeploymentHistory.Replay(entries));
    }

    [Fact]
    public void Journal_EndAndVerdicts_AreMarked()
    {
        var world = EngineWorld.Reacting((_, node) => node == "node-1" ? Reaction.Bad : Reaction.Ok);
        world.Deploy("node-[1-2]", Sample.Plan("A:0::dummy"));
        // Both reports came together: one entry.
        Assert.Equal([1L, 2L], world.Journal.Entries.Select(e => e.Sequence));
        Assert.Equal([false, true], world.Journal.Entries.Select(e => e.Ends));
        Assert.Equal(["node-1:Failed", "node-2:Deployed"], world.Journal.Entries[1].Verdicts.Select(v => $"{v.Node}:{v.Verdict}").Order());
    }

    [Fact]
    public void Finished_MoreThanAreKept_TheOldestAreForgotten()
    {
        var world = new EngineWorld();
        for (var i = 0; i < 5; i++)
            world.Deploy("node-1", Sample.Plan("A:0::dummy"), $"D-{i}");
        Assert.Equal(["D-2", "D-3", "D-4"], world.Engine.List().Select(d => d.Id));
    }
}
