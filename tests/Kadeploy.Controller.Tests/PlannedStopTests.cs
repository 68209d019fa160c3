using System.Net;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Tests;

/// <summary>A planned stop: nothing new begins, what will soon be over may end, what runs on nodes is left alone, and the next start goes on.</summary>
public sealed class PlannedStopTests : DeploymentTest
{
    [Fact]
    public async Task While_it_stops_new_operations_are_refused_and_a_power_command_under_way_is_finished()
    {
        await RestartAsync("stopGrace: 90s\n");
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        Controller.Power.Before = async (_, command) =>
        {
            if (command != PowerCommand.Reset)
                return;
            asked.TrySetResult();
            await answer.Task;
        };
        var id = await StartAsync("node-1");
        await asked.Task.DoneAsync("the reset");
        // Its firmware takes longer than the restart.
        Controller.Power.Machines.TryRemove("node-1", out _);

        var stopping = Controller.Host.StopAsync();
        await Eventually.TrueAsync(() => Controller.Service<PlannedStop>().HasBegun, "the planned stop");
        var refused = await Controller.Api.PostAsync(new Uri("/v1/deployments", UriKind.Relative), new StringContent("{}"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "10"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        Assert.Equal(HttpStatusCode.OK, (await Controller.Api.GetAsync(new Uri($"/v1/deployments/{id}", UriKind.Relative))).StatusCode);
        Assert.False(stopping.IsCompleted);
        answer.SetResult();
        await stopping.DoneAsync("the planned stop");

        await RestartAsync();
        Controller.Power.Machines["node-1"] = machine;
        machine.PowerCycle();
        var end = await Controller.EndOfAsync(id);
        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Single(Controller.Power.Commands, c => c is { Node: "node-1", Command: PowerCommand.Reset });
        Assert.Equal(2, machine.Boots);
    }

    [Fact]
    public async Task What_an_agent_does_is_not_cancelled_and_its_result_is_taken_by_the_next_start()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var (formatting, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var formats = 0;
        machine.Answer = async step =>
        {
            if (step.StepCase != RunStep.StepOneofCase.Format)
                return null;
            formats++;
            formatting.TrySetResult();
            await goOn.Task;
            return null;
        };
        await RestartAsync("stopGrace: 1s\n");
        var id = await StartAsync("node-1");
        await formatting.Task.DoneAsync("the format step");

        await RestartAsync();
        goOn.SetResult();
        var end = await Controller.EndOfAsync(id);

        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Empty(machine.CancelledSteps);
        Assert.Equal(1, formats);
    }

    [Fact]
    public void Two_controllers_on_one_state_directory_are_one_too_many()
    {
        using var folder = new TemporaryFolder();
        using (StateLock.Take(folder.Path))
        {
            var refused = Assert.Throws<StateLockedException>(() => StateLock.Take(folder.Path));
            Assert.Equal($"{Environment.ProcessId}", refused.Pid);
            Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        }
        StateLock.Take(folder.Path).Dispose();
    }
}
