using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Deployments.Nodes;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Power;

/// <summary>The site's own commands, as real programs.</summary>
public sealed class CommandPowerTests : IDisposable
{
    // A file that was just written cannot be executed while a child that another test starts still has it open (execve(2), ETXTBSY); it can be read.
    private const string Shell = "/bin/sh";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RunAsync_Reset_PutsInWhatIsAskedForAndKeepsThePasswordOutOfTheArguments()
    {
        var line = Line("echo \"$@ $KADEPLOY_BMC_PASSWORD\" >> DIR/asked", "{command}", "{node}@{address}", "{cluster}/{bmc}/{user}", "-d", "{\"a\": 1}");

        Assert.Null((await RunAsync(line, PowerCommand.Reset)).Failure);

        Assert.Equal("reset node-1@192.0.2.1 c1/192.0.2.101/admin -d {\"a\": 1} secret", File.ReadAllText($"{_folder.Path}/asked").Trim());
    }

    [Fact]
    public async Task RunAsync_NoCommandOfThatName_DoesWithoutIt()
    {
        var line = Line("""
            echo $1 >> DIR/asked
            case $1 in
            on|off) echo $1 > DIR/state ;;
            status) cat DIR/state ;;
            *) exit 3 ;;
            esac
            """, "{command}");

        Assert.True((await RunAsync(line, PowerCommand.Cycle)).On);

        Assert.Equal(["cycle", "off", "status", "on", "status"], File.ReadAllLines($"{_folder.Path}/asked"));
        Assert.Equal("bmc-refused", (await RunAsync(line, PowerCommand.BootPxe)).Failure!.Reason);
    }

    [Theory]
    [InlineData("echo 'it is complicated' >&2; exit 1", "bmc-refused", 60)]
    [InlineData("sleep 600", "bmc-unreachable", 1)]
    public async Task RunAsync_CommandThatDoesNotDoIt_SaysWhy(string script, string reason, int seconds)
    {
        var line = Line(script, "{command}") with { Timeout = TimeSpan.FromSeconds(seconds) };

        Assert.Equal(reason, (await RunAsync(line, PowerCommand.Off)).Failure!.Reason);
    }

    [Fact]
    public async Task RunAsync_CommandThatOnlySaysYes_IsFoundOutAtTheDeadline()
    {
        var time = new ManualTime();
        using var deadline = new CancellationTokenSource();
        var running = new CommandPower(time).RunAsync(Line("echo on", "{command}"), Target(), PowerCommand.Off, deadline.Token);
        await Eventually.TrueAsync(() => time.NextDue is not null, "the pause before it asks once more");

        await deadline.CancelAsync();

        Assert.Equal("power-unchanged", (await running.DoneAsync("its word")).Failure!.Reason);
    }

    [Fact]
    public async Task RunAsync_GroupOfTwoOutlets_EveryOutletIsOffBeforeTheFirstIsOnAgain()
    {
        var outlets = Outlets("echo $1 $2 >> DIR/asked");
        var group = outlets.GroupOf("node-1")!;

        // Node 2 has two power supplies: nobody around it can be switched for itself.
        Assert.Equal(("a+b", "node-1 node-2 node-3"), (group.Name, string.Join(' ', group.Nodes)));
        Assert.Same(group, outlets.GroupOf("node-3"));
        Assert.Equal(["node-4"], outlets.GroupOf("node-4")!.Nodes);
        Assert.Null(outlets.GroupOf("node-9"));
        Assert.Null((await outlets.RunAsync(group, PowerCommand.Cycle, CancellationToken.None)).Failure);

        Assert.Equal(["off a", "off b", "on a", "on b"], File.ReadAllLines($"{_folder.Path}/asked"));
    }

    [Fact]
    public async Task RunAsync_OneOutletRefuses_TheOthersAreOnAgain()
    {
        var outlets = Outlets("echo $1 $2 >> DIR/asked; [ \"$1 $2\" != 'off b' ]");

        var outcome = await outlets.RunAsync(outlets.GroupOf("node-2")!, PowerCommand.Cycle, CancellationToken.None);

        Assert.Equal("outlet-refused", outcome.Failure!.Reason);
        Assert.Contains("on a", File.ReadAllLines($"{_folder.Path}/asked"));
    }

    private static PowerTarget Target() =>
        new(new Node("node-1", ["52:54:00:00:00:01"], "192.0.2.1", "c1", new BmcAddress("ipmi", "192.0.2.101", 623, "admin"), DiskHint.Only), "secret");

    private static Task<PowerOutcome> RunAsync(PowerCommandLine line, PowerCommand command) =>
        new CommandPower(TimeProvider.System).RunAsync(line, Target(), command, CancellationToken.None);

    private PowerCommandLine Line(string script, params string[] arguments) => new(Shell, [Script(script), .. arguments], TimeSpan.FromSeconds(60));

    private PowerOutlets Outlets(string script)
    {
        var feeds = new Dictionary<string, IReadOnlyList<string>> { ["a"] = ["node-1", "node-2"], ["b"] = ["node-2", "node-3"], ["c"] = ["node-4"] };
        var configuration = new OutletConfiguration(Shell, [Script(script), "{command}", "{outlet}"], TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(1), feeds);
        return new PowerOutlets(new PowerConfiguration(1, 60, 1, TimeSpan.FromMinutes(1), new Dictionary<string, PowerCommandLine>(), configuration), TimeProvider.System);
    }

    private string Script(string text) => _folder.Write("power", text.Replace("DIR", _folder.Path, StringComparison.Ordinal) + "\n");
}
