using Kadeploy.Api;
using Kadeploy.Api.Environments;
using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests;

/// <summary>Every command but deploy: the real binary against a real HTTP server with canned answers.</summary>
public sealed class CommandTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    private static readonly Inventory Virtual = new(
        "QEMU", "Standard PC", "", "u-1", "bios", 402653184, "QEMU Virtual CPU", 1, "6.1.0-40-cloud-amd64",
        [new InventoryDisk("/dev/vda", 4_294_967_296, Serial: "disk-1", Transport: "virtio")],
        [new InventoryInterface("eth0", "52:54:00:00:00:01", "virtio_net", true, 0, ["10.0.0.1/24"], "tor-14\u001b[31m", "Gi1/0/7")]);

    private static readonly NodeList Three = new(
    [
        new NodeInfo("node-1", NodeState.Idle, ["52:54:00:00:00:01", "52:54:00:00:01:01"], "default", true, "10.0.0.1", new BmcInfo("ipmi", "10.0.1.1", 623, "admin"), Inventory: Virtual, Agent: new AgentInfo(true, "b", At)),
        new NodeInfo("node-2", NodeState.Idle, ["52:54:00:00:00:02"], "default", true, "10.0.0.2", new BmcInfo("ipmi", "10.0.1.2", 623, "admin")),
        new NodeInfo("52-54-00-00-00-09", NodeState.Unknown, ["52:54:00:00:00:09"], "default", false, Inventory: Virtual with { Vendor = "\u001b[31mevil" }),
    ]);

    [Fact]
    public async Task Info_ControllerAnswers_SaysWho()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/info", new ControllerInfo("kadeployd", "0.1.0", 125, "ab12"), ApiJson.Default.ControllerInfo);
        var result = await CliRun.RunAsync(fake, ["info"]);
        Assert.Equal((0, $"kadeployd 0.1.0 at {fake.Address}/, up 2 min 05 s\nagents know it by the pin ab12\n"), (result.Code, result.Out));
    }

    [Fact]
    public async Task Info_NobodyListens_SaysWhichAddressAndHowToNameAnother()
    {
        var result = await CliRun.RunAsync(null, ["info", "--server", "http://127.0.0.1:9"]);
        Assert.Equal(1, result.Code);
        Assert.Equal(
            "kadeploy: no controller answers at http://127.0.0.1:9/ (from --server): connection refused. Is kadeployd running there? Name another with --server URL or KADEPLOY_SERVER [controller-unreachable]\n",
            result.Error);
    }

    [Fact]
    public async Task Info_NotAController_SaysSo()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/info", 200, "<html>");
        var result = await CliRun.RunAsync(fake, ["info"]);
        Assert.Equal(1, result.Code);
        Assert.Contains("was not understood", result.Error);
    }

    [Fact]
    public async Task Info_Unauthorized_SaysWhereATokenWasLookedFor()
    {
        await using var fake = await FakeController.StartAsync();
        fake.Refuse("GET /v1/info", new Problem("urn:kadeploy:unauthorized", "Unauthorized", 401));
        var result = await CliRun.RunAsync(fake, ["info"]);
        Assert.Equal(1, result.Code);
        Assert.Contains("wants a token and none was found (looked at --token-file, KADEPLOY_TOKEN_FILE, /nonexistent/.config/kadeploy/token", result.Error);
    }

    [Fact]
    public async Task Info_TokenInTheHome_IsSent()
    {
        using var home = new ScratchFiles();
        home.Write(".config/kadeploy/token", "abc123\n");
        await using var fake = await FakeController.StartAsync();
        fake.Refuse("GET /v1/info", new Problem("urn:kadeploy:unauthorized", "Unauthorized", 401));
        var result = await CliRun.RunAsync(fake, ["info"], home: home.Folder);
        Assert.Equal("Bearer abc123", fake.Requests.Single().Authorization);
        Assert.Contains($"does not accept the token of {home.Folder}/.config/kadeploy/token", result.Error);
        Assert.DoesNotContain("abc123", result.Error);
    }

    [Fact]
    public async Task Refusal_WithNodesAndField_IsOneLineThatNamesThem()
    {
        await using var fake = await FakeController.StartAsync();
        fake.Refuse("POST /v1/deployments", new Problem("urn:kadeploy:unknown-node", "Unknown node", 404, "these nodes are not registered; see 'kadeploy node list'", ["node-8", "node-9"], "nodes"));
        var result = await CliRun.RunAsync(fake, ["deploy", "-e", "x", "-m", "node-[7-9]"]);
        Assert.Equal((1, "kadeploy: these nodes are not registered; see 'kadeploy node list' (nodes: node-[8-9]) [unknown-node]\n"), (result.Code, result.Error));
    }

    [Fact]
    public async Task Refusal_OfANodeSet_KeepsTheCaretBelowTheCharacter()
    {
        await using var fake = await FakeController.StartAsync();
        fake.Refuse("POST /v1/deployments", new Problem("urn:kadeploy:bad-node-set", "x", 422, "a range ends before it begins at character 8:\n  node-[3-1]\n         ^", Field: "nodes"));
        var result = await CliRun.RunAsync(fake, ["deploy", "-e", "x", "-m", "node-[3-1]"]);
        Assert.Equal("kadeploy: a range ends before it begins at character 8: [bad-node-set]\n  node-[3-1]\n         ^\n", result.Error);
    }

    [Fact]
    public async Task Refusal_Json_IsTheControllersProblem()
    {
        await using var fake = await FakeController.StartAsync();
        var problem = new Problem("urn:kadeploy:unknown-node", "Unknown node", 404, "x", ["node-8"], "nodes");
        fake.Refuse("GET /v1/nodes/node-8", problem);
        var result = await CliRun.RunAsync(fake, ["node", "show", "node-8", "--json"]);
        Assert.Equal((1, ""), (result.Code, result.Out));
        var printed = System.Text.Json.JsonSerializer.Deserialize(result.Error, ApiJson.Default.Problem)!;
        Assert.Equal((problem.Type, problem.Status, problem.Field), (printed.Type, printed.Status, printed.Field));
    }

    [Fact]
    public async Task NodeList_Nodes_AreATableAndAFoldedHint()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/nodes", Three, ApiJson.Default.NodeList);
        var result = await CliRun.RunAsync(fake, ["node", "list"]);
        Assert.Equal(
            """
            NODE               STATE    ADDRESS   MAC                   CLUSTER  CPU  MEMORY   DISKS  FIRMWARE  BMC       AGENT
            node-1             idle     10.0.0.1  52:54:00:00:00:01 +1  default  1    384 MiB  4.3GB  bios      10.0.1.1  connected
            node-2             idle     10.0.0.2  52:54:00:00:00:02     default  -    -        -      -         10.0.1.2  -
            52-54-00-00-00-09  waiting  -         52:54:00:00:00:09     default  1    384 MiB  4.3GB  bios      -         -

            2 idle: node-[1-2]
            waiting to be accepted: kadeploy node accept 52-54-00-00-00-09 --name NAME

            """,
            result.Out);
    }

    [Fact]
    public async Task NodeList_FileOfManyNames_FitsIntoAnAddress()
    {
        using var files = new ScratchFiles();
        var file = files.Write("nodes", string.Concat(Enumerable.Range(1, 10_000).Select(i => $"node-{i}\n")));
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/nodes?set=node-%5B1-10000%5D", Three, ApiJson.Default.NodeList);
        Assert.Equal(0, (await CliRun.RunAsync(fake, ["node", "list", "-f", file])).Code);
    }

    [Fact]
    public async Task NodeList_ThousandsAreUnknown_TheReasonIsSaid()
    {
        await using var fake = await FakeController.StartAsync();
        var unknown = Enumerable.Range(1, 10_000).Select(i => $"node-{i}.with-a-long-domain.example.org").ToList();
        fake.Refuse("GET /v1/nodes?set=x", new Problem("urn:kadeploy:unknown-node", "Unknown node", 404, "not registered: node-1…", unknown));
        var result = await CliRun.RunAsync(fake, ["node", "list", "-m", "x"]);
        Assert.Equal(1, result.Code);
        Assert.Contains("[unknown-node]", result.Error);
    }

    [Fact]
    public async Task NodeList_Json_IsTheDocumentOfTheApi()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/nodes?set=node-%5B1-2%5D", Three, ApiJson.Default.NodeList);
        var result = await CliRun.RunAsync(fake, ["node", "list", "-m", "node-[1-2]", "--json"]);
        var list = System.Text.Json.JsonSerializer.Deserialize(result.Out, ApiJson.Default.NodeList)!;
        Assert.Equal(Three.Nodes.Select(n => n.Name), list.Nodes.Select(n => n.Name));
    }

    [Fact]
    public async Task NodeShow_HostileInventory_ReachesTheTerminalHarmless()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/nodes/52-54-00-00-00-09", Three.Nodes[2], ApiJson.Default.NodeInfo);
        var result = await CliRun.RunAsync(fake, ["node", "show", "52-54-00-00-00-09"]);
        Assert.Equal(
            """
            node:              52-54-00-00-00-09
            state:             waiting (accept it: kadeploy node accept 52-54-00-00-00-09 --name NAME)
            cluster:           default
            macs:              52:54:00:00:00:09
            bmc:               none: its power cannot be controlled
            machine:           ?[31mevil Standard PC
            uuid:              u-1
            firmware:          bios
            cpu:               1 × QEMU Virtual CPU
            memory:            384 MiB
            deployment kernel: 6.1.0-40-cloud-amd64

            DISK      SIZE    MODEL  SERIAL  WWN  BUS     KIND
            /dev/vda  4.3 GB  -      disk-1  -    virtio  solid state

            INTERFACE  MAC                DRIVER      LINK  ADDRESSES    SWITCH       PORT
            eth0       52:54:00:00:00:01  virtio_net  up    10.0.0.1/24  tor-14?[31m  Gi1/0/7

            """,
            result.Out);
    }

    [Fact]
    public async Task NodeShow_Json_HasTheNeighbourOfTheCard()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/nodes/node-1", Three.Nodes[0], ApiJson.Default.NodeInfo);
        var node = System.Text.Json.JsonDocument.Parse((await CliRun.RunAsync(fake, ["node", "show", "node-1", "--json"])).Out).RootElement;
        Assert.Equal("Gi1/0/7", node.GetProperty("inventory").GetProperty("interfaces")[0].GetProperty("switchPort").GetString());
    }

    [Fact]
    public async Task NodeSet_BmcAndWhatItIsCalled_SendsOnlyThat()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("PATCH /v1/nodes/node-2", Three.Nodes[1], ApiJson.Default.NodeInfo);
        var result = await CliRun.RunAsync(
            fake,
            ["node", "set", "node-2", "--bmc", "redfish://root@10.0.1.9", "--bmc-password-file", "-", "--attribute", "rack=12", "--attribute", "site=", "--switch", "core/tor-2"],
            input: "n3w\n");
        Assert.Equal((0, "node-2 changed (52:54:00:00:00:02, BMC 10.0.1.2)\n"), (result.Code, result.Out));
        Assert.Equal(
            """{"bmc":{"kind":"redfish","host":"10.0.1.9","port":443,"user":"root","password":"n3w"},"attributes":{"rack":"12","site":"","switch":"core/tor-2"}}""",
            fake.Requests.Single().Body);
    }

    [Theory]
    [InlineData("""{"macs":["52:54:00:00:00:12"],"address":"10.0.0.9","cluster":"gpu"}""", "--mac", "52-54-00-00-00-12", "--address", "10.0.0.9", "--cluster", "gpu")]
    [InlineData("""{"bmc":{"kind":"ipmi","host":"10.0.1.9","port":623,"user":"admin"}}""", "--bmc", "ipmi://admin@10.0.1.9")]
    [InlineData("""{"bmc":{"password":"n3w"}}""", "--bmc-password-file", "-")]
    [InlineData("""{"disk":{"serial":"S1","minimumBytes":0},"withoutBmc":true}""", "--disk", "serial=S1", "--no-bmc")]
    [InlineData("""{"disk":{"minimumBytes":0}}""", "--no-disk")]
    public async Task NodeSet_Options_AreSentAsTheContractSays(string body, params string[] options)
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("PATCH /v1/nodes/node-2", Three.Nodes[1], ApiJson.Default.NodeInfo);
        var result = await CliRun.RunAsync(fake, ["node", "set", "node-2", .. options], input: "n3w\n");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(body, fake.Requests.Single().Body);
    }

    [Theory]
    [InlineData("say what is to change")]
    [InlineData("--bmc and --no-bmc", "--bmc", "ipmi://a@b", "--no-bmc")]
    [InlineData("--disk and --no-disk", "--disk", "serial=S1", "--no-disk")]
    [InlineData("'nonsense': write it as", "--mac", "nonsense")]
    [InlineData("NAME=VALUE is expected", "--attribute", "rack")]
    public async Task NodeSet_WrongOptions_AreRefusedBeforeAnythingIsAsked(string said, params string[] options)
    {
        await using var fake = await FakeController.StartAsync();
        var result = await CliRun.RunAsync(fake, ["node", "set", "node-2", .. options]);
        Assert.Equal(1, result.Code);
        Assert.Contains(said, result.Error);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task NodeAccept_WithBmc_SendsThePasswordOfTheFile()
    {
        using var files = new ScratchFiles();
        await using var fake = await FakeController.StartAsync();
        fake.On("POST /v1/nodes/52-54-00-00-00-09/accept", Three.Nodes[1], ApiJson.Default.NodeInfo);
        var result = await CliRun.RunAsync(
            fake,
            ["node", "accept", "52-54-00-00-00-09", "--name", "node-2", "--bmc", "ipmi://admin@10.0.1.2", "--bmc-password-file", "-"],
            input: "s3cret\n");
        Assert.Equal((0, "node-2 accepted (52:54:00:00:00:02, BMC 10.0.1.2)\n"), (result.Code, result.Out));
        Assert.Equal("""{"name":"node-2","bmc":{"kind":"ipmi","host":"10.0.1.2","port":623,"user":"admin","password":"s3cret"}}""", fake.Requests.Single().Body);
    }

    [Fact]
    public async Task NodeAdd_Everything_IsSentAsTheContractSays()
    {
        using var files = new ScratchFiles();
        var password = files.Write("pw", "s3cret\n");
        await using var fake = await FakeController.StartAsync();
        fake.On("POST /v1/nodes", Three.Nodes[1], ApiJson.Default.NodeInfo, 201);
        var result = await CliRun.RunAsync(
            fake,
            ["node", "add", "--name", "node-2", "--mac", "52-54-00-00-00-02", "--address", "10.0.0.2", "--cluster", "c1", "--bmc", "ipmi://admin@10.0.1.2:6230", "--bmc-password-file", password, "--disk", "/dev/vda"]);
        Assert.Equal(0, result.Code);
        Assert.Equal(
            """{"name":"node-2","macs":["52:54:00:00:00:02"],"address":"10.0.0.2","cluster":"c1","bmc":{"kind":"ipmi","host":"10.0.1.2","port":6230,"user":"admin","password":"s3cret"},"disk":{"path":"/dev/vda","minimumBytes":0}}""",
            fake.Requests.Single().Body);
    }

    [Fact]
    public async Task NodeDelete_Name_IsEscapedIntoThePath()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("DELETE /v1/nodes/a%20b", 204);
        var result = await CliRun.RunAsync(fake, ["node", "delete", "a b"]);
        Assert.Equal((0, "a b deleted\n"), (result.Code, result.Out));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    [InlineData("status")]
    public async Task Power_NoNodes_IsRefusedAndNeverMeansAll(string action)
    {
        await using var fake = await FakeController.StartAsync();
        var result = await CliRun.RunAsync(fake, ["node", "power", action]);
        Assert.Equal(1, result.Code);
        Assert.Contains("never means all", result.Error);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task EnvAdd_RelativeImage_IsSentAbsoluteWithTheText()
    {
        using var files = new ScratchFiles();
        var description = files.Write("e.yaml", "name: debian12\n");
        await using var fake = await FakeController.StartAsync();
        fake.On("POST /v1/environments", Environment(1, warnings: ["image.colour: unknown field"]), ApiJson.Default.EnvironmentInfo, 201);
        var result = await CliRun.RunAsync(fake, ["env", "add", description, "--image", "/srv/../srv/x.tar.zst"]);
        Assert.Equal((0, "admin/debian12:1 registered: 92.0 MB, sha256 ab12\n"), (result.Code, result.Out));
        Assert.Equal("kadeploy: warning: image.colour: unknown field\n", result.Error);
        Assert.Equal("""{"description":"name: debian12\n","imagePath":"/srv/x.tar.zst"}""", fake.Requests.Single().Body);
    }

    [Fact]
    public async Task EnvDelete_SeveralVersions_AsksWhichAndDeletesNothing()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/environments?name=debian12", new EnvironmentList([Environment(1), Environment(2)]), ApiJson.Default.EnvironmentList);
        fake.On("DELETE /v1/environments/admin/debian12?version=2", 204);
        var refused = await CliRun.RunAsync(fake, ["env", "delete", "debian12"]);
        Assert.Equal((1, "kadeploy: debian12 is several versions, say which: admin/debian12:2, admin/debian12:1\n"), (refused.Code, refused.Error));
        var done = await CliRun.RunAsync(fake, ["env", "delete", "debian12:2"]);
        Assert.Equal((0, "admin/debian12:2 deleted; its image /srv/x.tar.zst was left alone\n"), (done.Code, done.Out));
    }

    [Fact]
    public async Task EnvShow_NoVersion_IsTheLatest()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/environments?name=debian12", new EnvironmentList([Environment(1), Environment(10), Environment(9)]), ApiJson.Default.EnvironmentList);
        var result = await CliRun.RunAsync(fake, ["env", "show", "debian12"]);
        Assert.StartsWith("environment:   admin/debian12:10\n", result.Out);
        var missing = await CliRun.RunAsync(fake, ["env", "show", "debian12:3"]);
        Assert.Equal((1, "kadeploy: there is no environment debian12:3; 'kadeploy env list' shows those there are [unknown-environment]\n"), (missing.Code, missing.Error));
    }

    [Fact]
    public async Task DeploymentCancel_Id_IsPosted()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("POST /v1/deployments/D-1/cancel", 202);
        Assert.Equal(0, (await CliRun.RunAsync(fake, ["deployment", "cancel", "D-1"])).Code);
    }

    [Fact]
    public async Task DeploymentWait_Finished_GivesItsExitCode()
    {
        await using var fake = await FakeController.StartAsync();
        var canned = new CannedDeployment("node-1", "node-2").Deployed("node-1", 5).Failed("node-2", 6, new("reboot", "bmc", "bmc-unreachable", "x")).End(6).ServeOn(fake);
        canned.Finish();
        var result = await CliRun.RunAsync(fake, ["deployment", "wait", "D-1"]);
        Assert.Equal(2, result.Code);
        Assert.StartsWith("\nNODE ", result.Out);
    }

    [Fact]
    public async Task DeploymentShow_Deployed_PrintsTheProof()
    {
        await using var fake = await FakeController.StartAsync();
        new CannedDeployment("node-1").Deployed("node-1", 5).ServeOn(fake).Finish();
        var result = await CliRun.RunAsync(fake, ["deployment", "show", "D-1"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("node-1  7c3e     3.5 s     92.0 MB   92.0 MB  1 (bad from node-9)  disk-1  ab12", result.Out);
    }

    [Fact]
    public async Task EnvAdd_ControllerThatTellsProgress_ItsLastLineIsTheAnswer()
    {
        using var files = new ScratchFiles();
        await using var fake = await FakeController.StartAsync();
        var environment = System.Text.Json.JsonSerializer.Serialize(Environment(1), ApiJson.Default.EnvironmentInfo);
        fake.On("POST /v1/environments", 200, $$"""
            {"done":10}
            {"done":20,"total":40}
            {"environment":{{environment}}}
            """);
        var good = await CliRun.RunAsync(fake, ["env", "add", files.Write("e.yaml", "name: x")]);
        Assert.Equal(0, good.Code);
        Assert.Contains("registered", good.Out);

        fake.On("POST /v1/environments", 200, """
            {"done":10}
            {"problem":{"type":"urn:kadeploy:origin-ignores-ranges","title":"t","status":422,"detail":"no ranges"}}
            """);
        var bad = await CliRun.RunAsync(fake, ["env", "add", files.Write("e.yaml", "name: x")]);
        Assert.Equal((1, "kadeploy: no ranges [origin-ignores-ranges]\n"), (bad.Code, bad.Error));
    }

    [Fact]
    public async Task DeploymentList_Active_AsksForThoseOnly()
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("GET /v1/deployments?active=true", 200, """{"deployments":[]}""");
        Assert.Equal("No deployment is running.\n", (await CliRun.RunAsync(fake, ["deployment", "list", "--active"])).Out);
    }

    [Theory]
    [InlineData("Examples:")]
    [InlineData("kadeploy deploy -e debian12", "deploy")]
    [InlineData("Exit codes: 0 every node", "deploy")]
    [InlineData("kadeploy node add --name node-4", "node", "add")]
    [InlineData("kadeploy node set node-4", "node", "set")]
    [InlineData("kadeploy env add debian12.yaml", "env", "add")]
    public async Task Help_Command_HasWhatANewcomerCopies(string text, params string[] command)
    {
        var result = await CliRun.RunAsync(null, [.. command, "--help"]);
        Assert.Equal(0, result.Code);
        Assert.Contains(text, result.Out);
    }

    private static EnvironmentInfo Environment(int version, IReadOnlyList<string>? warnings = null) => new(
        "E-1", "debian12", version, "admin", "Debian 12", "public", "linux",
        new ImageInfo("/srv/x.tar.zst", ImageKind.Tar, "zstd", 92_000_000, "ab12"), [], At, warnings ?? [])
    {
        Filesystem = "ext4",
        Boot = new BootInfo("/vmlinuz"),
    };
}
