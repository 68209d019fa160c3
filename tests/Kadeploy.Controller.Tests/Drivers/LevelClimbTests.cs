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

    private async Task<(IReadOnlyDictionary<string, Outcome> Outcomes, IReadOnlyCollection<(string Node, string Level)> Asked)> ClimbAsync(
        Func<string, string, Outcome> at, params string[] nodes)
    {
        var asked = new ConcurrentQueue<(string, string)>();
        var report = new KeptReport();
        await new LevelClimb(_groups).RunAsync(
            Execution(nodes),
            report,
            PowerCommand.Cycle,
            (node, level, _) =>
            {
                asked.Enqueue((node.Name, level));
                return Task.FromResult(at(node.Name, level));
            },
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

    private sealed class KeptReport : IStepReport
    {
        public ConcurrentDictionary<string, Outcome> Outcomes { get; } = new();

        public void Finished(string node, Outcome outcome) => Assert.True(Outcomes.TryAdd(node, outcome), $"{node} was reported twice");

        public void Progress(string node, string activity, long done = 0, long total = 0)
        {
        }

        public CancellationToken TokenOf(string node) => CancellationToken.None;

        public void LetGo(string node)
        {
        }
    }
}
