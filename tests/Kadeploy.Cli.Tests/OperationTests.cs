using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Operations;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests;

public sealed class OperationTests
{
    [Theory]
    [InlineData("off", "power")]
    [InlineData("cycle", "node power")]
    [InlineData("reset", "power")]
    public async Task Power_ManyNodesAndNobodyToAsk_NeedsYes(string action, string command)
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/nodes?set=node-%5B1-2%5D", Nodes(), ApiJson.Default.NodeList);
        Ends(fake, "/v1/power", OperationKind.Power, Of("node-1", "off"), Of("node-2", "off"));
        var refused = await CliRun.RunAsync(fake, [.. command.Split(' '), action, "-m", "node-[1-2]"]);
        Assert.Equal((1, $"kadeploy: would {action} 2 nodes: node-[1-2]; nobody can be asked here, so say --yes\n"), (refused.Code, refused.Error));
        Assert.DoesNotContain(fake.Requests, r => r.Line.StartsWith("POST", StringComparison.Ordinal));
        var done = await CliRun.RunAsync(fake, [.. command.Split(' '), action, "-m", "node-[1-2]", "-y"]);
        Assert.Equal(0, done.Code);
        Assert.Contains(fake.Requests, r => r.Body == $$"""{"nodes":"node-[1-2]","action":"{{action}}"}""");
    }

    [Theory]
    [InlineData("y\n", 0, true)]
    [InlineData("\n", 1, false)]
    public async Task Power_ManyNodesOnATerminal_AsksFirst(string typed, int code, bool sent)
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/nodes?set=node-%5B1-2%5D", Nodes(), ApiJson.Default.NodeList);
        Ends(fake, "/v1/power", OperationKind.Power, Of("node-1", "off"), Of("node-2", "off"));
        using var run = CliRun.StartOnTerminal(fake, "power", "off", "-m", "node-[1-2]");
        await run.WaitForOutputAsync("Really off 2 nodes: node-[1-2]? [y/N]");
        await run.TypeAsync(typed);
        Assert.Equal(code, (await run.EndAsync()).Code);
        Assert.Equal(sent, fake.Requests.Any(r => r.Line == "POST /v1/power"));
    }

    [Theory]
    [InlineData(true, true, 0)]
    [InlineData(true, false, 2)]
    [InlineData(false, false, 1)]
    public async Task Power_Results_ExitCodeSaysAllSomeOrNone(bool first, bool second, int code)
    {
        await using var fake = await FakeController.StartAsync();
        NodeProgress Node(string node, bool ok) => ok ? Of(node, "on") : new(node, NodeVerdict.Failed, Failure: new("On/power", "bmc", "bmc-unreachable", "no answer"));
        Ends(fake, "/v1/power", OperationKind.Power, Node("node-1", first), Node("node-2", second));
        var result = await CliRun.RunAsync(fake, ["power", "on", "-m", "node-[1-2]"]);
        Assert.Equal(code, result.Code);
        Assert.Contains(second ? "node-2  done     on" : "bmc-unreachable in On/power, by bmc: no answer", result.Out);
    }

    [Fact]
    public async Task Reboot_NoWait_PrintsTheIdAndSendsWhatWasSaid()
    {
        using var files = new ScratchFiles();
        var profile = files.Write("mine.ipxe", "#!ipxe\n");
        await using var fake = await FakeController.StartAsync();
        fake.On("POST /v1/reboots", new DeploymentStarted("R-1"), ApiJson.Default.DeploymentStarted, 202);
        var result = await CliRun.RunAsync(
            fake, ["reboot", "-m", "node-1", "-r", "set_pxe", "-w", profile, "-l", "hard", "--timeout", "wait_reboot=200+n", "--vlan", "12", "--force", "--no-wait", "-y"]);
        Assert.Equal((0, "R-1\n"), (result.Code, result.Out));
        Assert.Equal(
            """{"nodes":"node-1","kind":"set-pxe","level":"hard","profile":"#!ipxe\n","vlan":"12","timeouts":{"wait_reboot":"200\u002Bn"},"force":true}""",
            fake.Requests.Single().Body);
    }

    [Fact]
    public async Task Reboot_Watched_ShowsTheBootId()
    {
        await using var fake = await FakeController.StartAsync();
        Ends(fake, "/v1/reboots", OperationKind.Reboot, new NodeProgress("node-1", NodeVerdict.Done, BootId: "7c3e"));
        var result = await CliRun.RunAsync(fake, ["reboot", "-m", "node-1", "-y"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("node-1  done     7c3e", result.Out);
        Assert.Contains("reboot simple: 1 of 1 done", result.Out);
    }

    [Fact]
    public async Task Deploy_Stopped_IsAsAsked()
    {
        await using var fake = await FakeController.StartAsync();
        Ends(fake, "/v1/deployments", OperationKind.Deployment, new NodeProgress("node-1", NodeVerdict.Stopped));
        var result = await CliRun.RunAsync(fake, ["deploy", "-e", "debian12", "-m", "node-1", "--breakpoint", "BootNewEnv"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("1 stopped at the breakpoint, as asked", result.Out);
        Assert.Contains(fake.Requests, r => r.Body == """{"environment":"debian12","nodes":"node-1","authorizedKeys":[],"breakpoint":"BootNewEnv"}""");
    }

    [Fact]
    public async Task Deploy_Plan_PrintsItAndStartsNothing()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On(
            "POST /v1/deployments/plan",
            new PlannedOperation(
                OperationKind.Deployment,
                [new("node-1", "default", "10.0.0.1", "ipmi 10.0.1.1", "/dev/vda, QEMU 2 GB, serial S1", "gpt: 3 root")],
                [new("default", "node-1", [new("BroadcastEnv", [new("BroadcastEnvChain", 1, [new("sync", 120, "120 s", "", Breakpoint: true), new("custom", 60, "60 s", "on=agent", Custom: "mine: exec true")], 90)])])],
                []),
            ApiJson.Default.PlannedOperation);
        var result = await CliRun.RunAsync(fake, ["deploy", "-e", "debian12", "-m", "node-1", "--plan"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("/dev/vda, QEMU 2 GB, serial S1", result.Out);
        Assert.Contains("\n  BroadcastEnv\n    BroadcastEnvChain, 2 tries, each at most", result.Out);
        Assert.Contains("\n      custom ", result.Out);
        Assert.Contains("-- breakpoint", result.Out);
        Assert.Contains("mine: exec true (on=agent)", result.Out);
        Assert.EndsWith("Nothing was touched.\n", result.Out);
    }

    [Fact]
    public async Task Deploy_BusyNodes_SaysWhichWhoseAndSinceWhen()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On(
            "POST /v1/deployments",
            new Problem("urn:kadeploy:node-busy", "Nodes are busy", 409, "node-1 belongs to R-2 of bob since 10:00:00 UTC; --force takes them over", ["node-1"], "nodes",
                [new("node-1", "R-2", OperationKind.Reboot, "bob", CannedDeployment.Start)]),
            ApiJson.Default.Problem,
            409);
        var result = await CliRun.RunAsync(fake, ["deploy", "-e", "debian12", "-m", "node-1", "--json"]);
        Assert.Equal(1, result.Code);
        Assert.Equal("R-2", JsonDocument.Parse(result.Error).RootElement.GetProperty("busy")[0].GetProperty("operation").GetString());
    }

    [Fact]
    public void CustomSteps_KadeploysFile_IsReadWithItsFiles()
    {
        using var files = new ScratchFiles();
        files.Write("part.sh", "#!/bin/sh\n");
        var file = files.Write("ops.yaml", """
            BroadcastEnvChain:
              configure:
                pre-ops:
                  - {name: a, action: exec, command: "echo hi", timeout: 10, retries: 2, on-failure: ignore}
                post-ops:
                  - {name: b, action: send, file: part.sh, destination: /etc/x, scattering: tree}
              install_bootloader:
                substitute:
                  - {name: c, action: run, file: part.sh, params: "-x 1"}
            """);
        Assert.True(CustomSteps.Read(file).TryGet(out var operations, out var failure), failure?.Message);
        var content = Convert.ToBase64String("#!/bin/sh\n"u8);
        Assert.Equal(
            [
                new("BroadcastEnvChain/configure", Placement.Before, "a", CustomAction.Exec, "echo hi", Timeout: "10", Retries: 2, OnFailure: FailurePolicy.Ignore),
                new("BroadcastEnvChain/configure", Placement.After, "b", CustomAction.Send, null, content, "/etc/x"),
                new CustomOperation("BroadcastEnvChain/install_bootloader", Placement.Instead, "c", CustomAction.Run, null, content, null, "-x 1"),
            ],
            operations);
    }

    [Theory]
    [InlineData("A: {b: {pre-ops: [{action: exec, command: x}]}}", "name")]
    [InlineData("A: {b: {pre-ops: [{name: a, action: fly}]}}", "none of exec, send, run")]
    [InlineData("A: {b: {pre-ops: [{name: a, action: run, file: missing.sh}]}}", "missing.sh")]
    [InlineData("A: {b: {pre-ops: [{name: a, action: exec, command: x, colour: red}]}}", "unknown key 'colour'")]
    [InlineData("A: {b: {pre-ops: [{name: a, action: exec, command: x, retries: many}]}}", "'many' is no number")]
    [InlineData("A: {b: {during: [{name: a}]}}", "'during' is none of")]
    [InlineData("A: {b: {override: true}}", "cannot be overridden")]
    [InlineData("- a", "macro-steps")]
    [InlineData("{}", "names no operation")]
    public void CustomSteps_SomethingWrong_IsSaidWithItsLine(string yaml, string says)
    {
        using var files = new ScratchFiles();
        Assert.False(CustomSteps.Read(files.Write("ops.yaml", yaml)).TryGet(out _, out var failure));
        Assert.Contains(says, failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StepChoices_KadeploysForm_IsRead()
    {
        Assert.True(StepChoices.Read("SetDeploymentEnv|SetDeploymentEnvKexec:1:max(100,n),SetDeploymentEnvUntrusted:2&BootNewEnv|BootNewEnvKexec:0:0").TryGet(out var steps, out var failure), failure?.Message);
        Assert.Equal([new("SetDeploymentEnvKexec", 1, "max(100,n)"), new InstanceChoice("SetDeploymentEnvUntrusted", 2)], steps["SetDeploymentEnv"]);
        Assert.Equal([new InstanceChoice("BootNewEnvKexec")], steps["BootNewEnv"]);
    }

    [Theory]
    [InlineData("SetDeploymentEnv")]
    [InlineData("SetDeploymentEnv|A:x:1")]
    [InlineData("SetDeploymentEnv|A:1:2:3")]
    [InlineData("A|B&A|C")]
    public void StepChoices_WrongForm_IsRefused(string text) => Assert.False(StepChoices.Read(text).TryGet(out _, out _));

    private static NodeProgress Of(string node, string power) => new(node, NodeVerdict.Done, Power: power);

    private static NodeList Nodes() => new([new("node-1", NodeState.Idle, ["m"], "default", true), new("node-2", NodeState.Idle, ["n"], "default", true)]);

    private static void Ends(FakeController fake, string path, OperationKind kind, params NodeProgress[] nodes)
    {
        fake.On("POST " + path, new DeploymentStarted("O-1"), ApiJson.Default.DeploymentStarted, 202);
        int Of(params NodeVerdict[] verdicts) => nodes.Count(n => verdicts.Contains(n.Verdict));
        fake.On(
            "GET /v1/deployments/O-1",
            new DeploymentInfo(
                "O-1", "admin", kind == OperationKind.Deployment ? "debian12:1" : "", "node-[1-2]", CannedDeployment.Start, DeploymentState.Done,
                new(nodes.Length, Of(NodeVerdict.Deployed, NodeVerdict.Done), Of(NodeVerdict.Failed), 0, Of(NodeVerdict.Stopped)), nodes,
                CannedDeployment.Start.AddSeconds(3), kind, kind == OperationKind.Reboot ? "reboot simple" : "power on"),
            ApiJson.Default.DeploymentInfo);
    }
}
