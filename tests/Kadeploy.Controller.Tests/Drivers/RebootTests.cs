using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Drivers;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Controller.Trust;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Drivers;

public sealed class RebootTests : IDisposable
{
    private const string Mac = "52:54:00:00:00:01";
    private static readonly Node Node = new("node-1", [Mac], "192.0.2.11", "default", new BmcAddress("ipmi", "192.0.2.101", 623, "admin"), DiskHint.Only);
    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;
    private readonly ControllerIdentity _identity;
    private readonly ArmingStore _armings;
    private readonly FakePower _power = new();
    private readonly FixedGroups _groups = new(new PowerGroup("pdu1/3", ["node-1"]));
    private readonly Reboot _reboot;

    public RebootTests()
    {
        var time = new ManualTime();
        _database = new Database($"{_folder.Path}/test.db");
        Assert.Null(new NodeStore(_database, time).Add(Node, null));
        _armings = new ArmingStore(_database, time);
        var sessions = new AgentSessions();
        var configuration = ConfigurationFile.Parse($"{_folder.Path}/kadeployd.yaml", $"address: 127.0.0.1\nstateDirectory: {_folder.Path}\n");
        _identity = ControllerIdentity.Load(configuration);
        _reboot = new Reboot(
            _power, new LevelClimb(_groups), _armings, sessions, new AgentSteps(configuration, _identity, sessions, new PlannedStop(), time), new FakeShell(),
            new FirmwareKinds(new MachineStore(_database, time)), new BootWatch(time), time);
    }

    public void Dispose()
    {
        _identity.Dispose();
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task RunAsync_AgainAfterTheProfileWasUsed_ArmsTheSameArmingAnew()
    {
        // switch_pxe, a reset, the node fetches its profile; then the controller ends before it could note the reset.
        await _armings.ArmAsync(new Arming("node-1", "D-1", "arming-1"));
        Assert.NotNull(await _armings.TakeAsync(Mac));

        var report = new KeptReport();
        await _reboot.RunAsync(Execution("SetDeploymentEnv"), report, CancellationToken.None);

        Assert.IsType<Outcome.Done>(report.Outcomes["node-1"]);
        Assert.Equal(new Arming("node-1", "D-1", "arming-1"), (await _armings.TakeAsync(Mac))!.Value.Arming);
    }

    [Theory]
    [InlineData("hard")]
    [InlineData("very_hard")]
    public async Task RunAsync_ProfileTakenBeforeTheResetIsAnswered_IsArmedAgain(string level)
    {
        // By a boot that was under way, which the reset ends.
        async Task<bool> TakeAsync() => await _armings.TakeAsync(Mac) is not null;
        _power.Before = (_, command) => command == PowerCommand.Reset ? TakeAsync() : Task.CompletedTask;
        _groups.Before = TakeAsync;

        var report = new KeptReport();
        await _reboot.RunAsync(Execution("SetDeploymentEnv", level), report, CancellationToken.None);

        Assert.IsType<Outcome.Done>(report.Outcomes["node-1"]);
        Assert.Equal(level == "very_hard" ? ["pdu1/3 Cycle"] : [], _groups.Asked);
        Assert.Equal(new Arming("node-1", "D-1", "arming-1"), (await _armings.TakeAsync(Mac))!.Value.Arming);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_GroupIsSwitched_ItsBmcsAreAskedForTheNetworkFirstAndMayBeDead(bool alive)
    {
        PowerCommand[] before = [];
        _groups.Before = () =>
        {
            before = [.. _power.Commands.Select(c => c.Command)];
            return Task.CompletedTask;
        };
        _power.Override = (_, _) => alive ? null : PowerOutcome.Failed("bmc-unreachable", "as told");

        var report = new KeptReport();
        await _reboot.RunAsync(Execution("SetDeploymentEnv", "very_hard"), report, CancellationToken.None);

        Assert.IsType<Outcome.Done>(report.Outcomes["node-1"]);
        Assert.Equal([PowerCommand.BootPxe], before);
    }

    [Theory]
    [InlineData("hard")]
    [InlineData("very_hard")]
    public async Task RunAsync_IntoTheInstalledSystem_ArmsNothing(string level)
    {
        var report = new KeptReport();
        await _reboot.RunAsync(Execution("BootNewEnv", level), report, CancellationToken.None);

        Assert.IsType<Outcome.Done>(report.Outcomes["node-1"]);
        Assert.Null(await _armings.TakeAsync(Mac));
    }

    private static StepExecution Execution(string macroStep, string level = "hard")
    {
        var environment = new DeployableEnvironment(
            "E-1", "tiny", 1, "admin", new Image("/images/tiny", ImageKind.Tar, "zstd", 1, new string('0', 64)), "ext4", "/vmlinuz", "", "", []);
        return new StepExecution(
            $"D-1/{macroStep}/reboot",
            new DeploymentRequest("D-1", "admin", environment, [], 3, "", "reboot", new Dictionary<string, string>()),
            macroStep,
            "reboot",
            new Dictionary<string, string> { ["profile"] = macroStep == "SetDeploymentEnv" ? "deploy" : "local", ["level"] = level },
            1,
            [Node],
            new Dictionary<string, IReadOnlyDictionary<string, string>>
            {
                ["node-1"] = new Dictionary<string, string> { [FactNames.Arming] = "arming-1" },
            },
            DateTimeOffset.MaxValue);
    }
}
