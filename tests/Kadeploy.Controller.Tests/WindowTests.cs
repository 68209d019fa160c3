using System.Collections.Concurrent;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests;

/// <summary>What kadeployd.yaml says about windows holds in the engine that kadeployd runs.</summary>
public sealed class WindowTests : DeploymentTest
{
    [Fact]
    public async Task Two_deployments_together_reset_no_more_nodes_at_once_than_the_window_lets_through_and_in_order_of_arrival()
    {
        await RestartAsync("windows: {reboot: {nodes: 2}}\n");
        await Controller.AddEnvironmentAsync();
        for (var i = 1; i <= 6; i++)
            await AddMachineAsync(i);
        var (inside, most, order, go) = (0, 0, new ConcurrentQueue<string>(), new TaskCompletionSource());
        Controller.Power.Before = async (node, command) =>
        {
            if (command != PowerCommand.Reset)
                return;
            order.Enqueue(node);
            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            await go.Task;
            await Task.Delay(50); // a BMC takes its time; nothing is waited for
            Interlocked.Decrement(ref inside);
        };

        var first = await StartAsync("node-[1-3]");
        await Eventually.TrueAsync(() => order.Count == 2, "the window to be full");
        var second = await StartAsync("node-[4-6]");
        await Eventually.TrueAsync(
            async () => (await Controller.DeploymentAsync(second)).NodeStates.All(n => n.MicroStep == "reboot"), "the second to come to its window");
        go.SetResult();
        var ends = new[] { await Controller.EndOfAsync(first), await Controller.EndOfAsync(second) };

        Assert.All(ends.SelectMany(e => e.NodeStates), n => Assert.True(n.Verdict == NodeVerdict.Deployed, n.Failure?.Detail));
        Assert.Equal(2, most);
        Assert.Equal(["node-1", "node-2"], order.Take(2).Order());
        Assert.Equal(["node-1", "node-2", "node-3"], order.Take(4).Where(n => string.CompareOrdinal(n, "node-4") < 0).Order());
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; value > seen; seen = most)
            if (Interlocked.CompareExchange(ref most, value, seen) == seen)
                return;
    }
}
