using System.Net;
using System.Net.Http.Json;
using System.Text;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Operations;
using Kadeploy.Api.Power;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests;

/// <summary>Reboots, power, interrupts, breakpoints, custom operations, plans and hooks on the real controller; machines and BMCs are the test's.</summary>
public sealed class OperationTests : DeploymentTest
{
    private static readonly Dictionary<string, string> Impatient = new() { ["wait_reboot"] = "2" };

    [Fact]
    public async Task A_reboot_counts_when_the_system_is_back_with_a_new_boot_id_and_leaves_the_node_deployed()
    {
        var machine = await DeployedAsync();
        machine.InstalledBootId = Guid.NewGuid().ToString("D");

        var end = await EndAsync(new StartReboot("node-1"));

        Assert.Equal((NodeVerdict.Done, machine.InstalledBootId), (end.NodeStates[0].Verdict, end.NodeStates[0].BootId));
        Assert.Equal((Kadeploy.Api.Operations.OperationKind.Reboot, "reboot simple"), (end.Kind, end.Action));
        Assert.StartsWith("R-", end.Id, StringComparison.Ordinal);
        var node = await Controller.GetAsync("/v1/nodes/node-1", ApiJson.Default.NodeInfo);
        Assert.Equal(NodeState.Deployed, node.State);
        Assert.StartsWith("D-", node.LastDeployment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reboot_that_was_accepted_and_did_not_happen_climbs_to_the_last_level_and_fails()
    {
        var machine = await DeployedAsync();
        machine.NeverBoots = true;
        Controller.Power.Commands.Clear();

        var end = await EndAsync(new StartReboot("node-1", Timeouts: Impatient));

        Assert.Equal((NodeVerdict.Failed, "deadline", "installed-system"), (end.NodeStates[0].Verdict, end.NodeStates[0].Failure!.Reason, end.NodeStates[0].Failure!.Party));
        Assert.Equal(3, end.NodeStates[0].Steps!.Count(s => s.MicroStep == "wait_reboot"));
        // Nobody answers SSH, so the soft level is skipped for the hard one; then hard, then the power is taken away.
        Assert.Equal([PowerCommand.Reset, PowerCommand.Reset, PowerCommand.Off, PowerCommand.On], Controller.Power.Commands.Select(c => c.Command));
    }

    [Fact]
    public async Task A_system_that_answers_is_asked_softly_and_its_old_boot_id_is_not_taken_for_a_new_one()
    {
        var machine = await DeployedAsync();
        machine.Reports = false;
        Controller.Shell.BootIds["node-1"] = machine.InstalledBootId;
        Controller.Power.Commands.Clear();
        var next = Guid.NewGuid().ToString("D");
        Controller.Shell.Answer = (node, command) =>
        {
            if (command.Contains("systemctl reboot", StringComparison.Ordinal))
                Controller.Shell.BootIds[node] = next;
            return new ProgramResult(0, "", "", false);
        };

        var end = await EndAsync(new StartReboot("node-1"));

        Assert.Equal((NodeVerdict.Done, next), (end.NodeStates[0].Verdict, end.NodeStates[0].BootId));
        Assert.Empty(Controller.Power.Commands);
    }

    [Fact]
    public async Task A_reboot_into_the_deployment_environment_has_its_agent()
    {
        await AddMachineAsync(1);
        var end = await EndAsync(new StartReboot("node-1", RebootKind.DeployEnv, AuthorizedKeys: ["ssh-ed25519 AAAAC3Nz me"]));
        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Done, end.NodeStates[0].Failure?.Detail);
        Assert.Contains(Machines[0].Agent!.Received, r => r.AuthorizeKeys is not null);
    }

    [Fact]
    public async Task A_profile_of_the_users_own_is_served_until_somebody_deploys()
    {
        await DeployedAsync();
        const string Profile = "#!ipxe\necho mine\n";
        await EndAsync(new StartReboot("node-1", RebootKind.SetPxe, Profile: Profile, Timeouts: Impatient));
        for (var i = 0; i < 2; i++)
            Assert.Equal(Profile, await Controller.Boot.GetStringAsync($"/node.ipxe?mac={Machines[0].Mac}&platform=pcbios"));
        await StartAsync("node-1");
        await Eventually.TrueAsync(async () => await Controller.Boot.GetStringAsync($"/node.ipxe?mac={Machines[0].Mac}&platform=pcbios") != Profile, "the profile to be gone");
    }

    [Fact]
    public async Task A_recorded_environment_must_be_the_one_that_is_installed()
    {
        var machine = await DeployedAsync();
        machine.InstalledBootId = Guid.NewGuid().ToString("D");
        Assert.Equal(NodeVerdict.Done, (await EndAsync(new StartReboot("node-1", RebootKind.RecordedEnv, Environment: "tiny", Partition: 3))).NodeStates[0].Verdict);
        var (status, problem) = await RefusedAsync(new StartReboot("node-1", RebootKind.RecordedEnv, Environment: "tiny", Partition: 4));
        Assert.Equal((HttpStatusCode.Conflict, "not-recorded"), (status, problem.Reason));
    }

    [Fact]
    public async Task Power_is_an_operation_with_a_verdict_and_climbs_when_a_level_fails()
    {
        await AddMachineAsync(1);
        Controller.Power.Override = (_, command) => command == PowerCommand.SoftOff ? PowerOutcome.Failed("bmc-refused", "no ACPI") : null;
        var end = await EndAsync(Routes.Power, JsonContent.Create(new PowerRequest("node-1", PowerAction.Off, "soft"), ApiJson.Default.PowerRequest));
        Assert.Equal((NodeVerdict.Done, "off", "power off"), (end.NodeStates[0].Verdict, end.NodeStates[0].Power, end.Action));
        Assert.Equal([PowerCommand.SoftOff, PowerCommand.Off], Controller.Power.Commands.Select(c => c.Command));
        Assert.Equal(NodeState.Idle, (await Controller.GetAsync("/v1/nodes/node-1", ApiJson.Default.NodeInfo)).State);
    }

    [Fact]
    public async Task Busy_nodes_are_named_with_whose_and_since_when_and_force_takes_them_over()
    {
        await Controller.AddEnvironmentAsync();
        var first = await AddMachineAsync(1);
        var second = await AddMachineAsync(2);
        second.NeverBoots = true;
        var id = await StartAsync("node-[1-2]");

        var (status, problem) = await RefusedAsync(new StartReboot("node-2"));
        Assert.Equal((HttpStatusCode.Conflict, "node-busy"), (status, problem.Reason));
        var busy = Assert.Single(problem.Busy!);
        Assert.Equal(("node-2", id, Kadeploy.Api.Operations.OperationKind.Deployment, "admin"), (busy.Node, busy.Operation, busy.Kind, busy.User));

        // A status goes on beside it.
        var power = await EndAsync(Routes.Power, JsonContent.Create(new PowerRequest("node-2", PowerAction.Status), ApiJson.Default.PowerRequest));
        Assert.Equal("on", power.NodeStates[0].Power);

        var taken = await EndAsync(new StartReboot("node-2", Timeouts: Impatient, Force: true));
        Assert.Equal(NodeVerdict.Failed, taken.NodeStates[0].Verdict);
        var end = await Controller.EndOfAsync(id);
        Assert.Equal([NodeVerdict.Deployed, NodeVerdict.Cancelled], end.NodeStates.Select(n => n.Verdict));
        Assert.Equal(("interrupted", $"interrupted by {taken.Id} of admin"), (end.NodeStates[1].Failure!.Reason, end.NodeStates[1].Failure!.Detail));
        Assert.Equal(2, first.Boots);
    }

    [Fact]
    public async Task A_breakpoint_stops_the_nodes_and_counts_them_apart()
    {
        await Controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        var end = await EndAsync(new StartDeployment("tiny", "node-1", Breakpoint: "BroadcastEnv:install_bootloader"));
        Assert.Equal(NodeVerdict.Stopped, end.NodeStates[0].Verdict);
        Assert.Equal(new DeploymentCounts(1, 0, 0, 0, 1), end.Summary);
        Assert.Equal("check_kernel_files", end.NodeStates[0].Steps![^1].MicroStep);
    }

    [Fact]
    public async Task Custom_operations_run_by_the_agent_and_over_ssh_and_never_here()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        machine.Reports = false;
        Controller.Shell.BootIds["node-1"] = Guid.NewGuid().ToString("D");
        Controller.Shell.Answer = (node, command) =>
        {
            if (command.Contains("systemctl reboot", StringComparison.Ordinal))
            {
                machine.PowerCycle();
                Controller.Shell.BootIds[node] = Guid.NewGuid().ToString("D");
            }
            return new ProgramResult(0, "", "", false);
        };
        var content = Convert.ToBase64String(Encoding.UTF8.GetBytes("hello"));
        var end = await EndAsync(new StartDeployment("tiny", "node-1", CustomOperations:
        [
            new("BroadcastEnv/configure", Placement.Before, "first", CustomAction.Exec, Command: "echo first"),
            new("BroadcastEnv/configure", Placement.After, "second", CustomAction.Send, Content: content, Destination: "$KADEPLOY_TARGET/etc/motd"),
            new("BroadcastEnv/install_bootloader", Placement.Instead, "third", CustomAction.Run, Content: content, Parameters: "-x 1"),
            new("BootNewEnv/wait_reboot", Placement.After, "fourth", CustomAction.Exec, Command: "touch /tmp/done"),
        ]));

        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.DoesNotContain(end.NodeStates[0].Steps!, s => s.MicroStep == "install_bootloader");
        var fourth = Assert.Single(Controller.Shell.Commands, c => c.Input.Contains("touch /tmp/done", StringComparison.Ordinal));
        Assert.Contains("export KADEPLOY_NODE='node-1'", fourth.Input, StringComparison.Ordinal);
        Assert.Equal(4, end.NodeStates[0].Steps!.Count(s => s.MicroStep == "custom"));
    }

    [Fact]
    public async Task A_custom_operation_that_fails_is_tried_again_and_its_policy_decides()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var tries = 0;
        machine.Answer = step =>
        {
            if (step.Script is null)
                return Task.FromResult<Kadeploy.Protocol.V1.StepResult?>(null);
            tries++;
            return Task.FromResult<Kadeploy.Protocol.V1.StepResult?>(new() { Failed = new() { Party = "user-script", Reason = "script-failed", Detail = "no" } });
        };
        var ignored = new CustomOperation("BroadcastEnv/sync", Placement.Before, "mine", CustomAction.Exec, "false", Retries: 2, OnFailure: FailurePolicy.Ignore);
        var end = await EndAsync(new StartDeployment("tiny", "node-1", CustomOperations: [ignored]));
        Assert.Equal((NodeVerdict.Deployed, 3), (end.NodeStates[0].Verdict, tries));

        var steps = new Dictionary<string, IReadOnlyList<InstanceChoice>> { ["BroadcastEnv"] = [new("BroadcastEnvChain")] };
        end = await EndAsync(new StartDeployment("tiny", "node-1", Steps: steps, CustomOperations: [ignored with { OnFailure = FailurePolicy.Fail, Retries = 0 }]));
        Assert.Equal((NodeVerdict.Failed, "BroadcastEnv/custom", "script-failed"), (end.NodeStates[0].Verdict, end.NodeStates[0].Failure!.Stage, end.NodeStates[0].Failure!.Reason));
        Assert.StartsWith("mine: ", end.NodeStates[0].Failure!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_says_what_would_be_done_and_touches_nothing()
    {
        await Controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        var body = JsonContent.Create(new StartDeployment("tiny", "node-1", Timeouts: new Dictionary<string, string> { ["sync"] = "100+10*n" }), ApiJson.Default.StartDeployment);
        var (status, planned, problem) = await Controller.SendAsync(HttpMethod.Post, Routes.Deployments + "/plan", body, ApiJson.Default.PlannedOperation);
        Assert.True(status == HttpStatusCode.OK, problem?.Detail);
        Assert.Contains("root", planned!.Nodes[0].Partitions, StringComparison.Ordinal);
        Assert.Equal(["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"], planned.Plans[0].MacroSteps.Select(m => m.Name));
        Assert.Equal(110, planned.Plans[0].MacroSteps[1].Instances[0].MicroSteps.Single(s => s.Name == "sync").LimitSeconds);
        Assert.Empty(Controller.Power.Commands);
        Assert.Empty((await Controller.GetAsync(Routes.Operations, ApiJson.Default.DeploymentList)).Deployments);
        Assert.Equal(NodeState.Idle, (await Controller.GetAsync("/v1/nodes/node-1", ApiJson.Default.NodeInfo)).State);
    }

    [Fact]
    public async Task The_end_of_an_operation_is_told_to_the_administrators_hook_also_after_a_restart()
    {
        await AddMachineAsync(1);
        var told = Path.Combine(Controller.Folder.Path, "told");
        var hook = Controller.Folder.Write("hook", Encoding.UTF8.GetBytes($"echo \"$1 $2 $KADEPLOY_KIND $KADEPLOY_GOOD $(cat $KADEPLOY_NODE_FILE)\" >>{told}\n"));
        await RestartAsync($"hooks: {{power: [/bin/sh, \"{hook}\", \"{{id}}\", \"{{user}}\"]}}\n");
        var end = await EndAsync(Routes.Power, JsonContent.Create(new PowerRequest("node-1", PowerAction.On), ApiJson.Default.PowerRequest));
        await Eventually.TrueAsync(() => File.Exists(told) && File.ReadAllText(told).EndsWith('\n'), "the hook");
        Assert.Equal($"{end.Id} admin power node-1 node-1\n", await File.ReadAllTextAsync(told));
    }

    [Fact]
    public async Task A_vlan_is_left_before_the_first_reboot_and_entered_after_the_last()
    {
        await Controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        var told = Path.Combine(Controller.Folder.Path, "vlan");
        var command = Controller.Folder.Write("set-vlan", Encoding.UTF8.GetBytes($"echo \"$@\" >>{told}\n"));
        await RestartAsync($"clusters: {{default: {{vlan: {{command: [/bin/sh, \"{command}\", \"{{vlan}}\", \"{{nodes}}\", \"{{user}}\"], address: 127.0.0.2}}}}}}\n");
        var end = await EndAsync(new StartDeployment("tiny", "node-1", Vlan: "12"));
        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Equal("DEFAULT node-1 admin\n12 node-1 admin\n", await File.ReadAllTextAsync(told));
    }

    [Fact]
    public async Task A_sites_own_broadcast_sends_and_every_node_verifies()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var told = Path.Combine(Controller.Folder.Path, "sent");
        var command = Controller.Folder.Write("send", Encoding.UTF8.GetBytes($"echo \"$1 $(cat $2)\" >{told}\n"));
        await RestartAsync($"clusters: {{default: {{steps: {{BroadcastEnv: [{{type: BroadcastEnvCustom}}]}}, broadcast: {{command: [/bin/sh, \"{command}\", \"{{image}}\", \"{{nodeFile}}\"], receive: \"receive-it\"}}}}}}\n");
        var end = await EndAsync(new StartDeployment("tiny", "node-1"));
        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Equal($"{Controller.Folder.Path}/images/tiny.img node-1\n", await File.ReadAllTextAsync(told));
        Assert.NotNull(end.NodeStates[0].Proof!.ImageSha256);

        machine.Answer = step => Task.FromResult(step.Script?.Script.Contains("sha256sum", StringComparison.Ordinal) == true
            ? new Kadeploy.Protocol.V1.StepResult { Failed = new() { Party = "user-script", Reason = "script-failed", Detail = "FAILED" } } : null);
        end = await EndAsync(new StartDeployment("tiny", "node-1"));
        Assert.Equal((NodeVerdict.Failed, "image-digest-mismatch"), (end.NodeStates[0].Verdict, end.NodeStates[0].Failure!.Reason));
    }

    [Fact]
    public async Task A_running_system_is_left_by_kexec_into_the_deployment_environment()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        Controller.Shell.BootIds["node-1"] = Guid.NewGuid().ToString("D");
        Controller.Shell.Answer = (_, command) =>
        {
            if (command.StartsWith("kexec -l", StringComparison.Ordinal))
                machine.Kexec(command);
            return new ProgramResult(0, "", "", false);
        };
        var steps = new Dictionary<string, IReadOnlyList<InstanceChoice>> { ["SetDeploymentEnv"] = [new("SetDeploymentEnvKexec")] };
        var end = await EndAsync(new StartDeployment("tiny", "node-1", Steps: steps));
        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        Assert.Contains(Controller.Shell.Commands, c => c.Command == "copy initramfs /dev/shm/kadeploy/initramfs");
        Assert.Contains(Controller.Shell.Commands, c => c.Command.EndsWith("| base64 -d >>/dev/shm/kadeploy/initramfs", StringComparison.Ordinal));
        // Arguments of ssh can be read by everybody on the controller.
        Assert.DoesNotContain(Controller.Shell.Commands, c => c.Command.Contains("kadeploy.token", StringComparison.Ordinal));
        // By the firmware only once, into the installed system.
        Assert.Equal(1, machine.Boots);
    }

    private async Task<FakeMachine> DeployedAsync()
    {
        await Controller.AddEnvironmentAsync();
        var machine = await AddMachineAsync(1);
        var end = await Controller.EndOfAsync(await StartAsync("node-1"));
        Assert.True(end.NodeStates[0].Verdict == NodeVerdict.Deployed, end.NodeStates[0].Failure?.Detail);
        return machine;
    }

    private Task<DeploymentInfo> EndAsync(StartReboot request) => EndAsync(Routes.Reboots, JsonContent.Create(request, ApiJson.Default.StartReboot));

    private Task<DeploymentInfo> EndAsync(StartDeployment request) => EndAsync(Routes.Deployments, JsonContent.Create(request, ApiJson.Default.StartDeployment));

    private async Task<DeploymentInfo> EndAsync(string route, JsonContent body)
    {
        var (status, started, problem) = await Controller.SendAsync(HttpMethod.Post, route, body, ApiJson.Default.DeploymentStarted);
        Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
        return await Controller.EndOfAsync(started!.Id);
    }

    private async Task<(HttpStatusCode Status, Problem Problem)> RefusedAsync(StartReboot request)
    {
        var (status, _, problem) = await Controller.SendAsync(
            HttpMethod.Post, Routes.Reboots, JsonContent.Create(request, ApiJson.Default.StartReboot), ApiJson.Default.DeploymentStarted);
        Assert.NotNull(problem);
        return (status, problem);
    }
}
