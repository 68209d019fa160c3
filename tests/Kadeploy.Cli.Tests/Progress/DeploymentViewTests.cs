using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Progress;
using Spectre.Console;

namespace Kadeploy.Cli.Tests.Progress;

public sealed class DeploymentViewTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Describe_BytesMoving_NamesTheNodeFurthestBehindAndItsTimeLeft()
    {
        var view = View(3);
        Bytes(view, "node-1", 80, 100, 10);
        Bytes(view, "node-2", 20, 100, 4);
        Bytes(view, "node-3", 90, 100, 1);
        Assert.Equal("0 deployed, 0 failed, 3 running; slowest: node-2, 20% of 100 B, 4 B/s, there in about 20.0 s", Describe(view));
    }

    [Fact]
    public void Describe_NodeFrozen_SaysNotMovingAndPromisesNoTime()
    {
        var view = View(2);
        Bytes(view, "node-1", 80, 100, 10);
        Bytes(view, "node-2", 20, 100, 0);
        Assert.Equal("0 deployed, 0 failed, 2 running; slowest: node-2, 20% of 100 B, not moving", Describe(view));
    }

    [Fact]
    public void Describe_NothingMeasured_NamesTheNodeLongestInItsStep()
    {
        var view = View(2);
        view.Apply("step", new(1, Start.AddSeconds(5), "node-1", "BootNewEnv", "wait_reboot", Outcome: "running"));
        view.Apply("step", new(2, Start.AddSeconds(8), "node-2", "BootNewEnv", "wait_reboot", Outcome: "running"));
        Assert.Equal("0 deployed, 0 failed, 2 running; longest node-1: wait_reboot for 25.0 s", Describe(view));
    }

    [Fact]
    public void Describe_NodeWithVerdict_NeverCountsAsSlowest()
    {
        var view = View(2);
        Bytes(view, "node-1", 10, 100, 10);
        view.Apply("verdict", new(9, Start, "node-1", Outcome: "failed", Failure: new("send_environment", "disk", "disk-too-small", "x")));
        Bytes(view, "node-2", 50, 100, 10);
        Assert.Contains("slowest: node-2", Describe(view), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_ManyNodesFewLines_KeepsThoseThatHoldTheOthersUp()
    {
        var view = View(40);
        for (var i = 1; i <= 40; i++)
            Bytes(view, $"node-{i}", i, 100, 10);
        var frame = Frame(view, height: 14);
        Assert.Contains("node-1 ", frame, StringComparison.Ordinal);
        Assert.DoesNotContain("node-40", frame, StringComparison.Ordinal);
        Assert.Contains("… and 34 nodes more", frame, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_EveryKindOfRow_LooksLikeThis()
    {
        var view = View(4);
        Bytes(view, "node-1", 46_000_000, 92_000_000, 9_000_000);
        view.Apply("step", new(1, Start.AddSeconds(10), "node-2", "BroadcastEnv", "configure", "writing /etc/fstab", Outcome: "running"));
        view.Apply("verdict", new(2, Start.AddSeconds(12), "node-3", Outcome: "failed", Failure: new("SetDeploymentEnv/reboot", "bmc", "bmc-unreachable", "no answer")));
        view.Apply("verdict", new(3, Start.AddSeconds(13), "node-4", Outcome: "deployed"));
        var frame = string.Join('\n', Frame(view, 30).Split('\n').Select(l => l.TrimEnd()));
        Assert.Equal(
            """
            D-1  debian12:1  30.0 s

              node     step        progress                               rate     time
            ─────────────────────────────────────────────────────────────────────────────
              node-1   waiting     ████████░░░░░░░░  50% of 92.0 MB   9.0 MB/s   30.0 s
              node-2   configure   writing /etc/fstab                            20.0 s
              node-3   failed      reboot: bmc-unreachable
              node-4   deployed

            1 deployed, 1 failed, 2 running; slowest: node-1, 50% of 92.0 MB, 9.0 MB/s, there in about 5.0 s
            ENTER for where every node is, Ctrl-C to cancel or to detach
            """,
            frame.TrimEnd());
    }

    private static DeploymentView View(int nodes) =>
        new("D-1", "debian12:1", Enumerable.Range(1, nodes).Select(i => $"node-{i}"), Start);

    private static void Bytes(DeploymentView view, string node, long done, long total, long rate) =>
        view.Apply("progress", new(1, Start.AddSeconds(5), node, Done: done, Total: total, BytesPerSecond: rate));

    [Fact]
    public void Describe_NodeThatHoldsTheChainUp_IsNamedWithWhatIsSlow()
    {
        var view = new DeploymentView("B-1", "file", ["node-1", "node-2"], Start, "done");
        view.Apply(DeploymentEventTypes.Progress, new DeploymentEvent(1, Start, "node-1", Done: 30, Total: 100));
        view.Apply(DeploymentEventTypes.Progress, new DeploymentEvent(2, Start, "node-2", Done: 40, Total: 100, BytesPerSecond: 4, HoldsUp: "disk"));
        Assert.StartsWith("0 done, 0 failed, 2 running; slowest: node-2 (disk), 40% of 100 B", Describe(view), StringComparison.Ordinal);
        view.Apply(DeploymentEventTypes.Verdict, new DeploymentEvent(3, Start, "node-2", Outcome: "done"));
        Assert.StartsWith("1 done, 0 failed, 1 running; slowest: node-1, 30%", Describe(view), StringComparison.Ordinal);
    }

    private static string Describe(DeploymentView view) => view.Read().Describe(Start.AddSeconds(30));

    private static string Frame(DeploymentView view, int height)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 110;
        console.Profile.Capabilities.Unicode = true;
        console.Write(LiveTable.Render(view.Read(), view, Start.AddSeconds(30), height));
        return output.ToString();
    }
}
