using System.Net;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Tests;

/// <summary>Deployments in which something goes wrong: the verdict says what, with which node; nothing hangs, and nothing of other nodes is lost.</summary>
public sealed class DeploymentFailureTests : DeploymentTest
{
    [Fact]
    public async Task A_node_without_bmc_fails_by_name_and_the_others_are_deployed()
    {
        await Controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        await AddMachineAsync(2, bmc: false);

        var end = await Controller.EndOfAsync(await StartAsync("node-[1-2]"));

        Assert.Equal([NodeVerdict.Deployed, NodeVerdict.Failed], end.NodeStates.Select(n => n.Verdict));
        var failure = end.NodeStates[1].Failure!;
        Assert.Equal(("SetDeploymentEnv/reboot", "bmc", "no-bmc"), (failure.Stage, failure.Party, failure.Reason));
        Assert.Contains("node-2", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bmc_that_does_not_answer_fails_its_node_only()
    {
        await Controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        await AddMachineAsync(2);
        Controller.Power.Override = (node, _) => node == "node-2" ? PowerOutcome.Failed("bmc-unreachable", "the BMC at 127.0.0.1:9 (node node-2) does not answer") : null;

        var end = await Controller.EndOfAsync(await StartAsync("node-[1-2]"));

        Assert.Equal([NodeVerdict.Deployed, NodeVerdict.Failed], end.NodeStates.Select(n => n.Verdict));
        Assert.Equal("bmc-unreachable", end.NodeStates[1].Failure!.Reason);
    }

    [Fact]
    public async Task Nodes_that_fail_together_are_not_a_newer_plan_each_to_the_others()
    {
        const int Failing = 6;
        await Controller.AddEnvironmentAsync();
        var all = new TaskCompletionSource();
        var there = 0;
        for (var i = 1; i <= Failing; i++)
            (await AddMachineAsync(i)).Answer = async step =>
            {
                if (step.Receive is null)
                    return null;
                if (Interlocked.Increment(ref there) == Failing)
                    all.TrySetResult();
                await all.Task.DoneAsync("the others");
                return new StepResult { Failed = new Failed { Party = "disk", Reason = "write-failed", Detail = "full" } };
            };
        var last = await AddMachineAsync(Failing + 1);
        FakeAgent? agent = null;
        last.Answer = async step =>
        {
            if (step.Receive is null)
                return null;
            agent = last.Agent;
            await Eventually.TrueAsync(() => agent!.Changes.Any(c => c.Excluded.Count == Failing), "the plan without them");
            return null;
        };

        var end = await Controller.EndOfAsync(await StartAsync($"node-[1-{Failing + 1}]"));

        Assert.Equal(NodeVerdict.Deployed, end.NodeStates[Failing].Verdict);
        // One, unless this machine was too busy to hear of all of them within half a second.
        Assert.InRange(agent!.Changes.Count, 1, Failing / 2);
    }

    [Theory]
    [InlineData(true, false, "nothing of it was seen")]
    [InlineData(false, true, "iPXE was told to boot the deployment environment")]
    public async Task A_node_that_never_boots_gets_a_verdict_that_says_what_was_last_seen(bool never, bool hangs, string seen)
    {
        await RestartAsync("clusters: {default: {timeouts: {wait_reboot: 2s}}}");
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        (machine.NeverBoots, machine.HangsAfterScript) = (never, hangs);
        // It gets as far as it gets before its BMC answers: what is waited for afterwards never comes, however long that takes here.
        Controller.Power.Machines.TryRemove("node-1", out _);
        Controller.Power.Before = (_, command) =>
        {
            if (command is not (PowerCommand.Reset or PowerCommand.On))
                return Task.CompletedTask;
            machine.PowerCycle();
            return machine.BootedAsync();
        };

        var end = await Controller.EndOfAsync(await StartAsync("node-1"));

        var failure = end.NodeStates[0].Failure!;
        Assert.Equal(("SetDeploymentEnv/wait_reboot", "firmware", "deadline"), (failure.Stage, failure.Party, failure.Reason));
        Assert.Contains(seen, failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_dies_in_the_middle_is_lost_and_the_others_have_every_byte()
    {
        await RestartAsync(grace: 1);
        var image = await Controller.AddEnvironmentAsync();
        for (var i = 1; i <= 3; i++)
            await AddMachineAsync(i);
        Machines[1].Answer = async step =>
        {
            if (step.Receive is null)
                return null;
            Machines[1].NeverBoots = true;
            _ = Task.Run(Machines[1].DieAsync);
            await Task.Delay(Timeout.Infinite, new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token).ContinueWith(_ => { }, TaskScheduler.Default);
            return null;
        };

        var end = await Controller.EndOfAsync(await StartAsync("node-[1-3]"));

        Assert.Equal([NodeVerdict.Deployed, NodeVerdict.Failed, NodeVerdict.Deployed], end.NodeStates.Select(n => n.Verdict));
        Assert.Equal(image, Machines[0].Disk);
        Assert.Equal(image, Machines[2].Disk);
        Assert.Contains(end.NodeStates[1].Steps!, s => s is { MicroStep: "send_environment", Outcome: "failed" });
        var failure = end.NodeStates[1].Failure!;
        Assert.Contains(failure.Reason, (string[])["agent-lost", "no-agent"]);
        Assert.Equal("agent", failure.Party);
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_named_as_the_agent_said()
    {
        await Controller.AddEnvironmentAsync("dd");
        var machine = await AddMachineAsync(1);
        machine.Answer = step => Task.FromResult(step.Receive is null
            ? null
            : new StepResult { Failed = new Failed { Party = "disk", Reason = "disk-too-small", Detail = "/dev/vda3 has 1000 bytes, the image 3000000" } });

        var end = await Controller.EndOfAsync(await StartAsync("node-1"));

        var failure = end.NodeStates[0].Failure!;
        Assert.Equal(("disk", "disk-too-small"), (failure.Party, failure.Reason));
        Assert.Equal("/dev/vda3 has 1000 bytes, the image 3000000", failure.Detail);
    }

    [Fact]
    public async Task A_node_that_failed_is_not_armed_any_more()
    {
        await RestartAsync("clusters: {default: {timeouts: {wait_reboot: 1s}}}");
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        machine.NeverBoots = true;
        await Controller.EndOfAsync(await StartAsync("node-1"));

        Assert.Contains("sanboot", await Controller.Boot.GetStringAsync($"/node.ipxe?mac={machine.Mac}&platform=pcbios"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_postinstall_archive_that_is_gone_fails_the_node_and_says_so()
    {
        var archive = Controller.Folder.Write("images/post.tgz", "archive");
        Controller.Folder.Write("images/tiny.img", "image");
        await Controller.RegisterAsync($$"""
            name: tiny
            os: linux
            image: {file: "{{Controller.Folder.Path}}/images/tiny.img", kind: tar, compression: none}
            postinstalls: [{archive: "{{archive}}", compression: gzip, script: run.sh}]
            boot: {kernel: /vmlinuz}
            filesystem: ext4
            """);
        File.Delete(archive);
        await AddMachineAsync(1);

        var end = await Controller.EndOfAsync(await StartAsync("node-1"));

        var failure = end.NodeStates[0].Failure!;
        Assert.Equal(("BroadcastEnv/manage_user_post_install", "script", "archive-unreadable"), (failure.Stage, failure.Party, failure.Reason));
        Assert.Contains(archive, failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_deployment_ends_and_its_agents_are_told()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var never = new TaskCompletionSource<StepResult?>();
        machine.Answer = step => step.Format is null ? Task.FromResult<StepResult?>(null) : never.Task;
        var id = await StartAsync("node-1");
        await Eventually.TrueAsync(() => machine.Agent?.Received.Any(r => r.Format is not null) ?? false, "the format step");
        var agent = machine.Agent!;

        var (status, _, _) = await Controller.SendAsync(HttpMethod.Post, $"/v1/deployments/{id}/cancel", null, ApiJson.Default.Problem);
        var end = await Controller.EndOfAsync(id);

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal(DeploymentState.Cancelled, end.State);
        Assert.Equal((NodeVerdict.Cancelled, "cancelled"), (end.NodeStates[0].Verdict, end.NodeStates[0].Failure!.Reason));
        await Eventually.TrueAsync(() => !agent.Cancelled.IsEmpty, "the agent to be told to stop");
        never.SetResult(null);
    }

    [Fact]
    public async Task A_node_that_is_being_deployed_belongs_to_nobody_else()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        machine.NeverBoots = true;
        var id = await StartAsync("node-1");

        var (status, _, problem) = await Controller.DeployAsync(new StartDeployment("tiny", "node-1"));
        Assert.Equal((HttpStatusCode.Conflict, "node-busy"), (status, problem!.Reason));
        Assert.Contains(id, problem.Detail, StringComparison.Ordinal);
        Assert.Equal(["node-1"], problem.Nodes);

        var (deleted, _, busy) = await Controller.SendAsync(HttpMethod.Delete, "/v1/nodes/node-1", null, ApiJson.Default.NodeInfo);
        Assert.Equal((HttpStatusCode.Conflict, "node-busy"), (deleted, busy!.Reason));
        var (undeleted, _, inUse) = await Controller.SendAsync(HttpMethod.Delete, "/v1/environments/admin/tiny", null, ApiJson.Default.EnvironmentInfo);
        Assert.Equal((HttpStatusCode.Conflict, "environment-in-use"), (undeleted, inUse!.Reason));
    }
}
