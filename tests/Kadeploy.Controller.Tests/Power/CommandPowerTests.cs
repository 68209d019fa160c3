using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Tests.Power;

/// <summary>The site's own commands, as real programs.</summary>
public sealed class CommandPowerTests : IDisposable
{
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
    [InlineData("echo on", "power-unchanged", 3)]
    [InlineData("echo 'it is complicated' >&2; exit 1", "bmc-refused", 30)]
    [InlineData("sleep 60", "bmc-unreachable", 1)]
    public async Task RunAsync_CommandThatDoesNotDoIt_SaysWhy(string script, string reason, int seconds)
    {
        var line = Line(script, "{command}") with { Timeout = TimeSpan.FromSeconds(seconds) };
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));

        var outcome = await new CommandPower(TimeProvider.System).RunAsync(line, Target(), PowerCommand.Off, seconds == 3 ? deadline.Token : CancellationToken.None);

        Assert.Equal(reason, outcome.Failure!.Reason);
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

    private PowerCommandLine Line(string script, params string[] arguments) => new(Script(script), arguments, TimeSpan.FromSeconds(30));

    private PowerOutlets Outlets(string script)
    {
        var feeds = new Dictionary<string, IReadOnlyList<string>> { ["a"] = ["node-1", "node-2"], ["b"] = ["node-2", "node-3"], ["c"] = ["node-4"] };
        var configuration = new OutletConfiguration(Script(script), ["{command}", "{outlet}"], TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(1), feeds);
        return new PowerOutlets(new PowerConfiguration(1, 60, 1, TimeSpan.FromMinutes(1), new Dictionary<string, PowerCommandLine>(), configuration), TimeProvider.System);
    }

    private string Script(string text)
    {
        var file = _folder.Write("power", "#!/bin/sh\n" + text.Replace("DIR", _folder.Path, StringComparison.Ordinal) + "\n");
        File.SetUnixFileMode(file, (UnixFileMode)0x1ed); // 0755
        return file;
    }
}
