using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Tests;

/// <summary>Whole deployments: the real controller, engine, chain, boot server and agent protocol; machines and BMCs are the test's.</summary>
public sealed class DeploymentTests : IAsyncLifetime
{
    private const string Quick = "agentHeartbeat: 1\nagentGrace: 1\n";
    private readonly List<FakeMachine> _machines = [];
    private TestController _controller = null!;

    public async Task InitializeAsync() => _controller = await TestController.StartAsync(Quick);

    public async Task DisposeAsync()
    {
        foreach (var machine in _machines)
            await machine.DisposeAsync();
        await _controller.DisposeAsync();
    }

    [Fact]
    public async Task Three_nodes_are_deployed_by_reboot_and_every_proof_is_there()
    {
        var image = await _controller.AddEnvironmentAsync();
        for (var i = 1; i <= 3; i++)
            await AddMachineAsync(i);

        var id = await StartAsync("node-[1-3]");
        var end = await _controller.EndOfAsync(id);

        Assert.All(end.NodeStates, n => Assert.True(n.Verdict == NodeVerdict.Deployed, $"{n.Node}: {n.Failure?.Detail}"));
        Assert.Equal(new DeploymentCounts(3, 3, 0, 0), end.Summary);
        foreach (var (node, machine) in end.NodeStates.Zip(_machines))
        {
            Assert.Equal(image, machine.Disk);
            Assert.Equal(machine.InstalledBootId, node.Proof!.BootId);
            Assert.Equal(image.Length, node.Proof.BytesVerified);
            Assert.Equal("S1", node.Proof.DiskSerial);
            Assert.Equal(["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"], node.MacroSeconds!.Keys);
            // Once into the deployment environment, once into the installed system; armed once, it never installs itself again.
            Assert.Equal(2, machine.Boots);
        }
        var nodes = await _controller.GetAsync("/v1/nodes", Kadeploy.Api.ApiJson.Default.NodeList);
        Assert.All(nodes.Nodes, n => Assert.Equal((Kadeploy.Api.Nodes.NodeState.Deployed, id), (n.State, n.LastDeployment)));
    }

    [Fact]
    public async Task Kexec_starts_the_installed_system_without_the_firmware()
    {
        await _controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);

        var end = await _controller.EndOfAsync(await StartAsync("node-1", BootMethod.Kexec));

        Assert.Equal(NodeVerdict.Deployed, end.NodeStates[0].Verdict);
        Assert.Equal(1, machine.Boots);
        Assert.Contains(end.NodeStates[0].Steps!, s => s.MicroStep == "kexec");
    }

    [Fact]
    public async Task An_image_that_does_not_report_is_seen_over_ssh()
    {
        await _controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        machine.Reports = false;
        var installed = Guid.NewGuid().ToString("D");

        var id = await StartAsync("node-1");
        // Until the installed system runs, it is the deployment environment that would answer: its boot id proves nothing.
        await Eventually.TrueAsync(() => machine.Agent?.Welcomed is not null, "the agent");
        _controller.Shell.BootIds["node-1"] = machine.Agent!.BootId;
        await Eventually.TrueAsync(async () => (await _controller.DeploymentAsync(id)).NodeStates[0] is { MacroStep: "BootNewEnv", MicroStep: "wait_reboot" }, "wait_reboot");
        _controller.Shell.BootIds["node-1"] = installed;

        var end = await _controller.EndOfAsync(id);
        Assert.Equal(NodeVerdict.Deployed, end.NodeStates[0].Verdict);
        Assert.Equal(installed, end.NodeStates[0].Proof!.BootId);
    }

    [Fact]
    public async Task A_node_without_bmc_fails_by_name_and_the_others_are_deployed()
    {
        await _controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        await AddMachineAsync(2, bmc: false);

        var end = await _controller.EndOfAsync(await StartAsync("node-[1-2]"));

        Assert.Equal([NodeVerdict.Deployed, NodeVerdict.Failed], end.NodeStates.Select(n => n.Verdict));
        var failure = end.NodeStates[1].Failure!;
        Assert.Equal(("SetDeploymentEnv/reboot", "bmc", "no-bmc"), (failure.Stage, failure.Party, failure.Reason));
        Assert.Contains("node-2", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bmc_that_does_not_answer_fails_its_node_only()
    {
        await _controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        await AddMachineAsync(2);
        _controller.Power.Override = (node, _) => node == "node-2" ? PowerOutcome.Failed("bmc-unreachable", "the BMC at 127.0.0.1:9 (node node-2) does not answer") : null;

        var end = await _controller.EndOfAsync(await StartAsync("node-[1-2]"));

        Assert.Equal([NodeVerdict.Deployed, NodeVerdict.Failed], end.NodeStates.Select(n => n.Verdict));
        Assert.Equal("bmc-unreachable", end.NodeStates[1].Failure!.Reason);
    }

    [Theory]
    [InlineData(true, false, "nothing of it was seen")]
    [InlineData(false, true, "iPXE was told to boot the deployment environment")]
    public async Task A_node_that_never_boots_gets_a_verdict_that_says_what_was_last_seen(bool never, bool hangs, string seen)
    {
        await RestartAsync("clusters: {default: {timeouts: {wait_reboot: 2s}}}");
        await _controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        (machine.NeverBoots, machine.HangsAfterScript) = (never, hangs);

        var end = await _controller.EndOfAsync(await StartAsync("node-1"));

        var failure = end.NodeStates[0].Failure!;
        Assert.Equal(("SetDeploymentEnv/wait_reboot", "firmware", "deadline"), (failure.Stage, failure.Party, failure.Reason));
        Assert.Contains(seen, failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_dies_in_the_middle_is_lost_and_the_others_have_every_byte()
    {
        await RestartAsync("clusters: {default: {timeouts: {wait_reboot: 5s}}}");
        var image = await _controller.AddEnvironmentAsync();
        for (var i = 1; i <= 3; i++)
            await AddMachineAsync(i);
        _machines[1].Answer = async step =>
        {
            if (step.Receive is null)
                return null;
            _machines[1].NeverBoots = true;
            _ = Task.Run(_machines[1].DieAsync);
            await Task.Delay(Timeout.Infinite, new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token).ContinueWith(_ => { }, TaskScheduler.Default);
            return null;
        };

        var end = await _controller.EndOfAsync(await StartAsync("node-[1-3]"));

        Assert.Equal([NodeVerdict.Deployed, NodeVerdict.Failed, NodeVerdict.Deployed], end.NodeStates.Select(n => n.Verdict));
        Assert.Equal(image, _machines[0].Disk);
        Assert.Equal(image, _machines[2].Disk);
        Assert.Contains(end.NodeStates[1].Steps!, s => s is { MicroStep: "send_environment", Outcome: "failed" });
        var failure = end.NodeStates[1].Failure!;
        Assert.Contains(failure.Reason, (string[])["agent-lost", "no-agent"]);
        Assert.Equal("agent", failure.Party);
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_named_as_the_agent_said()
    {
        await _controller.AddEnvironmentAsync("dd");
        var machine = await AddMachineAsync(1);
        machine.Answer = step => Task.FromResult(step.Receive is null
            ? null
            : new StepResult { Failed = new Failed { Party = "disk", Reason = "disk-too-small", Detail = "/dev/vda3 has 1000 bytes, the image 3000000" } });

        var end = await _controller.EndOfAsync(await StartAsync("node-1"));

        var failure = end.NodeStates[0].Failure!;
        Assert.Equal(("disk", "disk-too-small"), (failure.Party, failure.Reason));
        Assert.Equal("/dev/vda3 has 1000 bytes, the image 3000000", failure.Detail);
    }

    [Fact]
    public async Task A_controller_that_is_restarted_goes_on_where_it_was()
    {
        var image = await _controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var formatting = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        machine.Answer = async step =>
        {
            if (step.Format is null)
                return null;
            formatting.TrySetResult();
            await goOn.Task;
            return null;
        };
        var id = await StartAsync("node-1");
        await formatting.Task.DoneAsync("the format step");

        await RestartAsync("");
        goOn.SetResult();
        var end = await _controller.EndOfAsync(id);

        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Equal(image, machine.Disk);
        // The same boot of the deployment environment from beginning to end: nothing was done twice.
        Assert.Equal(2, machine.Boots);
        Assert.Single(end.NodeStates[0].Steps!, s => s.MicroStep == "format_deploy_part");
    }

    [Fact]
    public async Task A_controller_that_is_restarted_during_the_broadcast_goes_on_as_its_head()
    {
        var image = await _controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var (receiving, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        machine.Answer = async step =>
        {
            if (step.Receive is null)
                return null;
            receiving.TrySetResult();
            await goOn.Task;
            return null; // joins the chain with the plan that it was given before the restart
        };
        var id = await StartAsync("node-1");
        await receiving.Task.DoneAsync("the receive step");

        await RestartAsync("");
        goOn.SetResult();
        var end = await _controller.EndOfAsync(id);

        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Equal(image, machine.Disk);
        Assert.Single(end.NodeStates[0].Steps!, s => s.MicroStep == "send_environment");
    }

    [Fact]
    public async Task A_node_that_failed_is_not_armed_any_more()
    {
        await RestartAsync("clusters: {default: {timeouts: {wait_reboot: 1s}}}");
        await _controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        machine.NeverBoots = true;
        await _controller.EndOfAsync(await StartAsync("node-1"));

        Assert.Contains("sanboot", await _controller.Boot.GetStringAsync($"/node.ipxe?mac={machine.Mac}&platform=pcbios"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Postinstalls_and_the_users_script_run_in_order_with_kadeploys_variables()
    {
        _controller.Folder.Write("images/tiny.img", "image");
        _controller.Folder.Write("images/post.tgz", "archive");
        var (registered, refused) = await _controller.RegisterAsync($$"""
            name: tiny
            version: 4
            os: linux
            image: {file: "{{_controller.Folder.Path}}/images/tiny.img", kind: tar, compression: none}
            postinstalls: [{archive: "{{_controller.Folder.Path}}/images/post.tgz", compression: gzip, script: "run.sh one two"}]
            boot: {kernel: /vmlinuz, initrd: /initrd.img, kernel_params: quiet}
            filesystem: ext4
            """);
        Assert.True(registered == HttpStatusCode.Created, refused?.Detail);
        var machine = await AddMachineAsync(1);
        var scripts = new List<RunScript>();
        machine.Answer = step =>
        {
            if (step.Script is not null)
                scripts.Add(step.Script);
            return Task.FromResult<StepResult?>(null);
        };

        var (_, id, _) = await _controller.DeployAsync(new StartDeployment("tiny", "node-1", Script: "#!/bin/sh\nexit 0\n"));
        var end = await _controller.EndOfAsync(id!);

        Assert.Equal(NodeVerdict.Deployed, end.NodeStates[0].Verdict);
        Assert.Equal(["run.sh one two", "#!/bin/sh\nexit 0\n"], scripts.Select(s => s.Script));
        Assert.Equal(["archive", ""], scripts.Select(s => s.Archive.ToStringUtf8()));
        Assert.All(scripts, s => Assert.Equal(("tiny", "3", "quiet", "node-1"), (s.Environment["KADEPLOY_ENV"], s.Environment["KADEPLOY_DEPLOY_PART_NUM"],
            s.Environment["KADEPLOY_ENV_KERNEL_PARAMS"], s.Environment["KADEPLOY_NODE"])));
    }

    [Fact]
    public async Task A_postinstall_archive_that_is_gone_fails_the_node_and_says_so()
    {
        var archive = _controller.Folder.Write("images/post.tgz", "archive");
        _controller.Folder.Write("images/tiny.img", "image");
        await _controller.RegisterAsync($$"""
            name: tiny
            os: linux
            image: {file: "{{_controller.Folder.Path}}/images/tiny.img", kind: tar, compression: none}
            postinstalls: [{archive: "{{archive}}", compression: gzip, script: run.sh}]
            boot: {kernel: /vmlinuz}
            filesystem: ext4
            """);
        File.Delete(archive);
        await AddMachineAsync(1);

        var end = await _controller.EndOfAsync(await StartAsync("node-1"));

        var failure = end.NodeStates[0].Failure!;
        Assert.Equal(("BroadcastEnv/manage_user_post_install", "script", "archive-unreadable"), (failure.Stage, failure.Party, failure.Reason));
        Assert.Contains(archive, failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_deployment_ends_and_its_agents_are_told()
    {
        await _controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var never = new TaskCompletionSource<StepResult?>();
        machine.Answer = step => step.Format is null ? Task.FromResult<StepResult?>(null) : never.Task;
        var id = await StartAsync("node-1");
        await Eventually.TrueAsync(() => machine.Agent?.Received.Any(r => r.Format is not null) ?? false, "the format step");
        var agent = machine.Agent!;

        var (status, _, _) = await _controller.SendAsync(HttpMethod.Post, $"/v1/deployments/{id}/cancel", null, ApiJson.Default.Problem);
        var end = await _controller.EndOfAsync(id);

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal(DeploymentState.Cancelled, end.State);
        Assert.Equal((NodeVerdict.Cancelled, "cancelled"), (end.NodeStates[0].Verdict, end.NodeStates[0].Failure!.Reason));
        await Eventually.TrueAsync(() => !agent.Cancelled.IsEmpty, "the agent to be told to stop");
        never.SetResult(null);
    }

    [Fact]
    public async Task A_node_that_is_being_deployed_belongs_to_nobody_else()
    {
        await _controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        machine.NeverBoots = true;
        var id = await StartAsync("node-1");

        var (status, _, problem) = await _controller.DeployAsync(new StartDeployment("tiny", "node-1"));
        Assert.Equal((HttpStatusCode.Conflict, "node-busy"), (status, problem!.Reason));
        Assert.Contains(id, problem.Detail, StringComparison.Ordinal);
        Assert.Equal(["node-1"], problem.Nodes);

        var (deleted, _, busy) = await _controller.SendAsync(HttpMethod.Delete, "/v1/nodes/node-1", null, ApiJson.Default.NodeInfo);
        Assert.Equal((HttpStatusCode.Conflict, "node-busy"), (deleted, busy!.Reason));
        var (undeleted, _, inUse) = await _controller.SendAsync(HttpMethod.Delete, "/v1/environments/admin/tiny", null, ApiJson.Default.EnvironmentInfo);
        Assert.Equal((HttpStatusCode.Conflict, "environment-in-use"), (undeleted, inUse!.Reason));
    }

    [Fact]
    public async Task Events_are_streamed_to_the_end_and_resume_behind_the_last_one_seen()
    {
        await _controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        var id = await StartAsync("node-1");

        var all = await EventsAsync(id, null).DoneAsync("the end of the event stream");
        Assert.Equal(all.Select(e => e.Id).Order().Distinct(), all.Select(e => e.Id));
        Assert.Equal("end", all[^1].Type);
        Assert.Contains(all, e => e is { Type: "verdict", Data.Outcome: "deployed", Data.Node: "node-1" });
        Assert.All(all, e => Assert.Equal(e.Id, e.Data.Seq));

        var verdict = all.Single(e => e.Type == "verdict");
        var rest = await EventsAsync(id, verdict.Id).DoneAsync("the rest of the event stream");
        Assert.Equal(["end"], rest.Select(e => e.Type));
    }

    private async Task<List<(string Type, long Id, DeploymentEvent Data)>> EventsAsync(string id, long? after)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/deployments/{id}/events");
        if (after is { } last)
            request.Headers.Add("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
        using var response = await _controller.Api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var events = new List<(string, long, DeploymentEvent)>();
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
            events.Add((item.EventType, long.Parse(item.EventId!, CultureInfo.InvariantCulture), JsonSerializer.Deserialize(item.Data, ApiJson.Default.DeploymentEvent)!));
        return events;
    }

    private async Task RestartAsync(string yaml) => _controller = await _controller.RestartAsync(Quick + yaml);

    private async Task<FakeMachine> AddMachineAsync(int number, bool bmc = true)
    {
        var mac = $"52:54:00:00:00:{number:x2}";
        await _controller.AddNodeAsync($"node-{number}", mac, bmc);
        var machine = new FakeMachine(() => _controller, mac);
        _machines.Add(machine);
        _controller.Power.Machines[$"node-{number}"] = machine;
        return machine;
    }

    private async Task<string> StartAsync(string nodes, BootMethod? boot = null)
    {
        var (status, id, problem) = await _controller.DeployAsync(new StartDeployment("tiny", nodes, Boot: boot));
        Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
        return id!;
    }
}
