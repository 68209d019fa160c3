using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Tests.Progress;

public sealed class PlainDisplayTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
    private long _seq;

    [Fact]
    public async Task Run_NodesInStep_ShareALine()
    {
        var view = new DeploymentView("D-1", "debian12:1", ["node-1", "node-2", "node-3"], Start);
        foreach (var node in new[] { "node-1", "node-2", "node-3" })
            view.Apply("step", Event(1, node, "SetDeploymentEnv", "reboot", "running"));
        view.Apply("step", Event(11, "node-2", "SetDeploymentEnv", "reboot", "failed", new FailureInfo("SetDeploymentEnv/reboot", "bmc", "bmc-unreachable", "no answer")));
        view.Apply("verdict", Event(12, "node-2", null, null, "failed", new FailureInfo("SetDeploymentEnv/reboot", "bmc", "bmc-unreachable", "no answer")));
        view.Apply("step", Event(71, "node-1", "BroadcastEnv", "send_environment", "running"));
        view.Apply("step", Event(71, "node-3", "BroadcastEnv", "send_environment", "running"));
        view.Connection("connection refused", Start.AddSeconds(72));
        view.Connection("connection refused", Start.AddSeconds(73));
        view.Connection(null, Start.AddSeconds(74));
        view.Apply("of-a-newer-controller", Event(75, "node-1", null, null, "x"));

        using var output = new StringWriter { NewLine = "\n" };
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await new PlainDisplay(output, TimeProvider.System).RunAsync(view, stop.Token);
        Assert.Equal(
            """
            00:01  node-[1-3]  SetDeploymentEnv/reboot
            00:11  node-2  SetDeploymentEnv/reboot failed: bmc-unreachable, by bmc: no answer
            00:12  node-2  FAILED: bmc-unreachable in SetDeploymentEnv/reboot
            01:11  node-[1,3]  BroadcastEnv/send_environment
            01:12  connection to the controller lost (connection refused); the deployment is the controller's and goes on; reconnecting
            01:14  connected to the controller again

            """,
            output.ToString());
    }

    private DeploymentEvent Event(double at, string node, string? macro, string? micro, string outcome, FailureInfo? failure = null) =>
        new(++_seq, Start.AddSeconds(at), node, macro, micro, Outcome: outcome, Failure: failure);
}
