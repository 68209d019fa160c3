using System.Collections.Concurrent;
using Kadeploy.Controller.Drivers;
using Kadeploy.Controller.Power;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Tests.Drivers;

/// <summary>Soft, hard, very_hard; and whose power a group's command may take away.</summary>
public sealed class LevelClimbTests
{
    private static readonly Outcome.Failed Broken = new(Party.Bmc, "bmc-unreachable", "as told");
    private readonly FixedGroups _groups = new(new PowerGroup("pdu1/3", ["node-1", "node-2"]));

    [Fact]
    public async Task RunAsync_WholeGroupComesToTheLastLevel_ItsPowerIsTakenOnceForAll()
    {
        var (outcomes, asked) = await ClimbAsync((_, _) => Broken, "node-1", "node-2");
        Assert.All(outcomes.Values, o => Assert.IsType<Outcome.Done>(o));
        Assert.Equal(["pdu1/3 Cycle"], _groups.Asked);
        Assert.DoesNotContain(asked, a => a.Level == "very_hard");
    }

    [Fact]
    public async Task RunAsync_OneOfTheGroupWasDoneAtALowerLevel_ItsPowerStays()
    {
        var (outcomes, asked) = await ClimbAsync((node, level) => node == "node-2" && level == "hard" ? Outcome.Done.Plain : Broken, "node-1", "node-2");
        Assert.Equal([typeof(Outcome.Failed), typeof(Outcome.Done)], [outcomes["node-1"].GetType(), outcomes["node-2"].GetType()]);
        Assert.Empty(_groups.Asked);
        // By itself, at its own BMC.
        Assert.Contains(("node-1", "very_hard"), asked);
    }

    [Fact]
    public async Task RunAsync_OneOfTheGroupIsElsewhere_ItsPowerStays()
    {
        // In another step of the same operation, in another operation, or in none: all the same from here.
        var (outcomes, _) = await ClimbAsync((_, _) => Broken, "node-1", "node-3");
        Assert.All(outcomes.Values, o => Assert.Same(Broken, o));
        Assert.Empty(_groups.Asked);
    }

    [Fact]
    public async Task RunAsync_LevelThatANodeDoesNotHave_IsPassedInSilenceAndTheRealFailureIsTold()
    {
        var (outcomes, asked) = await ClimbAsync((_, level) => level == "hard" ? Broken : LevelClimb.NotAtThisLevel, "node-3");
        Assert.Same(Broken, outcomes["node-3"]);
        Assert.Equal(["soft", "hard", "very_hard"], asked.Select(a => a.Level));
    }

    [Fact]
    public async Task RunAsync_OneLeavesBeforeItsGroupIsSwitched_ThePowerOfTheOthersStays()
    {
        var report = new KeptReport();
        var (outcomes, asked) = await ClimbAsync(
            (_, level) => level == "very_hard" ? Outcome.Done.Plain : Broken, report, node => node.Name == "node-1" ? report.Of("node-1").CancelAsync() : Task.CompletedTask, "node-1", "node-2");
        Assert.Empty(_groups.Asked);
        Assert.IsType<Outcome.Done>(outcomes["node-2"]);
        Assert.Contains(("node-2", "very_hard"), asked);
    }

    // In the pool, without the test's context: what follows a cancellation has happened when it returns.
    [Fact]
    public Task RunAsync_OneLeavesWhileItsGroupIsSwitched_ItIsLetGoWhenThatIsOver() => Task.Run(async () =>
    {
        var (report, switched) = (new KeptReport(), new TaskCompletionSource());
        _groups.Before = () => switched.Task;
        var climb = ClimbAsync((_, _) => Broken, report, _ => Task.CompletedTask, "node-1", "node-2");
        Assert.Equal(["pdu1/3 Cycle"], _groups.Asked);

        report.Of("node-1").Cancel();
        Assert.Empty(report.LetGone);
        switched.SetResult();

        Assert.Equal("node-2", Assert.Single((await climb).Outcomes.Keys));
        Assert.Equal("node-1", Assert.Single(report.LetGone));
    });

    private Task<(IReadOnlyDictionary<string, Outcome> Outcomes, IReadOnlyCollection<(string Node, string Level)> Asked)> ClimbAsync(
        Func<string, string, Outcome> at, params string[] nodes) => ClimbAsync(at, new KeptReport(), _ => Task.CompletedTask, nodes);

    private async Task<(IReadOnlyDictionary<string, Outcome> Outcomes, IReadOnlyCollection<(string Node, string Level)> Asked)> ClimbAsync(
        Func<string, string, Outcome> at, KeptReport report, Func<Node, Task> ready, params string[] nodes)
    {
        var asked = new ConcurrentQueue<(string, string)>();
        await new LevelClimb(_groups).RunAsync(
            Execution(nodes),
            report,
            PowerCommand.Cycle,
            async (node, level, token) =>
            {
                // As a driver whose command ends where its node leaves.
                token.ThrowIfCancellationRequested();
                asked.Enqueue((node.Name, level));
                return await Task.FromResult(at(node.Name, level));
            },
            (node, _) => ready(node),
            _ => Task.FromResult<Outcome>(Outcome.Done.Plain));
        return (report.Outcomes, asked);
    }

    private static StepExecution Execution(IEnumerable<string> nodes) => new(
        "R-1/s1/Simple/0-Simple/1/00-reboot",
        new DeploymentRequest("R-1", "admin", DeployableEnvironment.None, [], 0, "", "reboot", new Dictionary<string, string>()),
        "Simple",
        "reboot",
        new Dictionary<string, string> { ["level"] = "soft" },
        1,
        [.. nodes.Select(n => new Node(n, ["52:54:00:00:00:01"], "192.0.2.1", "default", null, DiskHint.Only))],
        new Dictionary<string, IReadOnlyDictionary<string, string>>(),
        DateTimeOffset.MaxValue);
}
