using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Tests;

/// <summary>Whole deployments: the real controller, engine, chain, boot server and agent protocol; machines and BMCs are the test's.</summary>
public sealed class DeploymentTests : DeploymentTest
{
    [Fact]
    public async Task Three_nodes_are_deployed_by_reboot_and_every_proof_is_there()
    {
        var image = await Controller.AddEnvironmentAsync();
        for (var i = 1; i <= 3; i++)
            await AddMachineAsync(i);

        var id = await StartAsync("node-[1-3]");
        var end = await Controller.EndOfAsync(id);

        Assert.All(end.NodeStates, n => Assert.True(n.Verdict == NodeVerdict.Deployed, $"{n.Node}: {n.Failure?.Detail}"));
        Assert.Equal(new DeploymentCounts(3, 3, 0, 0), end.Summary);
        foreach (var (node, machine) in end.NodeStates.Zip(Machines))
        {
            Assert.Equal(image, machine.Disk);
            Assert.Equal(machine.InstalledBootId, node.Proof!.BootId);
            Assert.Equal(image.Length, node.Proof.BytesVerified);
            Assert.Equal("S1", node.Proof.DiskSerial);
            Assert.Equal(["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"], node.MacroSeconds!.Keys);
            // Once into the deployment environment, once into the installed system; armed once, it never installs itself again.
            Assert.Equal(2, machine.Boots);
        }
        var nodes = await Controller.GetAsync("/v1/nodes", Kadeploy.Api.ApiJson.Default.NodeList);
        Assert.All(nodes.Nodes, n => Assert.Equal((Kadeploy.Api.Nodes.NodeState.Deployed, id), (n.State, n.LastDeployment)));
    }

    [Fact]
    public async Task Kexec_starts_the_installed_system_without_the_firmware()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);

        var end = await Controller.EndOfAsync(await StartAsync("node-1", BootMethod.Kexec));

        Assert.Equal(NodeVerdict.Deployed, end.NodeStates[0].Verdict);
        Assert.Equal(1, machine.Boots);
        Assert.Contains(end.NodeStates[0].Steps!, s => s.MicroStep == "kexec");
    }

    [Fact]
    public async Task An_image_that_does_not_report_is_seen_over_ssh()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        machine.Reports = false;
        var installed = Guid.NewGuid().ToString("D");

        var id = await StartAsync("node-1");
        // Until the installed system runs, it is the deployment environment that would answer: its boot id proves nothing.
        await Eventually.TrueAsync(() => machine.Agent?.Welcomed is not null, "the agent");
        Controller.Shell.BootIds["node-1"] = machine.Agent!.BootId;
        await Eventually.TrueAsync(async () => (await Controller.DeploymentAsync(id)).NodeStates[0] is { MacroStep: "BootNewEnv", MicroStep: "wait_reboot" }, "wait_reboot");
        Controller.Shell.BootIds["node-1"] = installed;

        var end = await Controller.EndOfAsync(id);
        Assert.Equal(NodeVerdict.Deployed, end.NodeStates[0].Verdict);
        Assert.Equal(installed, end.NodeStates[0].Proof!.BootId);
    }

    [Fact]
    public async Task A_controller_that_is_restarted_goes_on_where_it_was()
    {
        var image = await Controller.AddEnvironmentAsync();
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

        await RestartAsync();
        goOn.SetResult();
        var end = await Controller.EndOfAsync(id);

        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Equal(image, machine.Disk);
        // The same boot of the deployment environment from beginning to end: nothing was done twice.
        Assert.Equal(2, machine.Boots);
        Assert.Single(end.NodeStates[0].Steps!, s => s.MicroStep == "format_deploy_part");
    }

    [Fact]
    public async Task A_controller_that_is_restarted_during_the_broadcast_goes_on_as_its_head()
    {
        var image = await Controller.AddEnvironmentAsync();
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

        await RestartAsync();
        goOn.SetResult();
        var end = await Controller.EndOfAsync(id);

        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Equal(image, machine.Disk);
        Assert.Single(end.NodeStates[0].Steps!, s => s.MicroStep == "send_environment");
    }

    [Fact]
    public async Task Postinstalls_and_the_users_script_run_in_order_with_kadeploys_variables()
    {
        Controller.Folder.Write("images/tiny.img", "image");
        Controller.Folder.Write("images/post.tgz", "archive");
        var (registered, refused) = await Controller.RegisterAsync($$"""
            name: tiny
            version: 4
            os: linux
            image: {file: "{{Controller.Folder.Path}}/images/tiny.img", kind: tar, compression: none}
            postinstalls: [{archive: "{{Controller.Folder.Path}}/images/post.tgz", compression: gzip, script: "run.sh one two"}]
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

        var (_, id, _) = await Controller.DeployAsync(new StartDeployment("tiny", "node-1", Script: "#!/bin/sh\nexit 0\n"));
        var end = await Controller.EndOfAsync(id!);

        Assert.Equal(NodeVerdict.Deployed, end.NodeStates[0].Verdict);
        Assert.Equal(["run.sh one two", "#!/bin/sh\nexit 0\n"], scripts.Select(s => s.Script));
        Assert.Equal(["archive", ""], scripts.Select(s => s.Archive.ToStringUtf8()));
        Assert.All(scripts, s => Assert.Equal(("tiny", "3", "quiet", "node-1"), (s.Environment["KADEPLOY_ENV"], s.Environment["KADEPLOY_DEPLOY_PART_NUM"],
            s.Environment["KADEPLOY_ENV_KERNEL_PARAMS"], s.Environment["KADEPLOY_NODE"])));
    }

    [Fact]
    public async Task Events_are_streamed_to_the_end_and_resume_behind_the_last_one_seen()
    {
        await Controller.AddEnvironmentAsync();
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
        using var response = await Controller.Api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var events = new List<(string, long, DeploymentEvent)>();
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
            events.Add((item.EventType, long.Parse(item.EventId!, CultureInfo.InvariantCulture), JsonSerializer.Deserialize(item.Data, ApiJson.Default.DeploymentEvent)!));
        return events;
    }
}
