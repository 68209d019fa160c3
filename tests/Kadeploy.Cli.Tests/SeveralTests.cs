using System.Text.Json.Nodes;
using Kadeploy.Api;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests;

/// <summary>-M: one command, several controllers.</summary>
public sealed class SeveralTests : IAsyncLifetime, IDisposable
{
    private const string Nowhere = "http://127.0.0.1:9";

    private readonly ScratchFiles _files = new();
    private FakeController _east = null!;
    private FakeController _west = null!;

    public async Task InitializeAsync()
    {
        (_east, _west) = (await FakeController.StartAsync(), await FakeController.StartAsync());
        foreach (var fake in new[] { _east, _west })
            fake.On("GET /v1/info", 200, """{"name":"kadeployd","version":"1.0.0","uptimeSeconds":60}""");
        Configure(("east", _east.Address), ("west", _west.Address));
    }

    public async Task DisposeAsync()
    {
        await _east.DisposeAsync();
        await _west.DisposeAsync();
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task List_OneIsDead_IsReportedAndTheOtherAnswers()
    {
        Configure(("east", _east.Address), ("west", Nowhere));
        _east.On("GET /v1/nodes", Nodes("node-1"), ApiJson.Default.NodeList);

        var result = await CliRun.RunAsync(null, ["-M", "node", "list"], home: _files.Folder);

        Assert.Equal(2, result.Code);
        Assert.Contains("west: no controller answers at " + Nowhere, result.Error);
        Assert.Contains("east: node-1", result.Out);
    }

    [Fact]
    public async Task List_JsonAndOneIsDead_TheDocumentSaysSo()
    {
        Configure(("east", _east.Address), ("west", Nowhere));
        _east.On("GET /v1/nodes", Nodes("node-1"), ApiJson.Default.NodeList);

        var result = await CliRun.RunAsync(null, ["-M", "--json", "node", "list"], home: _files.Folder);

        var document = JsonNode.Parse(result.Out)!;
        Assert.Equal((2, "node-1"), (result.Code, (string?)document["east"]!["nodes"]![0]!["name"]));
        Assert.Equal("urn:kadeploy:controller-unreachable", (string?)document["west"]!["type"]);
    }

    [Fact]
    public async Task List_Json_IsOneDocumentByName()
    {
        _east.On("GET /v1/nodes", Nodes("node-1"), ApiJson.Default.NodeList);
        _west.On("GET /v1/nodes", Nodes("node-2"), ApiJson.Default.NodeList);

        var result = await CliRun.RunAsync(null, ["-M", "--json", "node", "list"], home: _files.Folder);

        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal("node-2", (string?)JsonNode.Parse(result.Out)!["west"]!["nodes"]![0]!["name"]);
    }

    [Fact]
    public async Task Deploy_NodesOfBoth_GoToTheirOwn()
    {
        Knows(_east, ["node-1"], ["node-2"]);
        Knows(_west, ["node-2"], ["node-1"]);
        foreach (var fake in new[] { _east, _west })
            fake.On("POST /v1/deployments", new DeploymentStarted("D-1"), ApiJson.Default.DeploymentStarted, 202);

        var result = await CliRun.RunAsync(null, ["-M", "deploy", "-e", "debian12", "-m", "node-[1-2]", "--no-wait"], home: _files.Folder);

        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(["east: D-1", "west: D-1"], result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Contains("\"nodes\":\"node-1\"", Asked(_east), StringComparison.Ordinal);
        Assert.Contains("\"nodes\":\"node-2\"", Asked(_west), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_NodeThatNobodyKnows_TouchesNothing()
    {
        Knows(_east, ["node-1"], ["node-2", "node-3"]);
        Knows(_west, ["node-2"], ["node-1", "node-3"]);

        var result = await CliRun.RunAsync(null, ["-M", "deploy", "-e", "debian12", "-m", "node-[1-2]", "--no-wait"], home: _files.Folder);

        Assert.Equal((1, "kadeploy: no controller that answers knows node-3 [unknown-node]\n"), (result.Code, result.Error));
        Assert.DoesNotContain(_east.Requests.Concat(_west.Requests), r => r.Line.StartsWith("POST", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--to")]
    [InlineData("-m")]
    public async Task Broadcast_NodesOfBoth_GoToTheirOwn(string option)
    {
        Knows(_east, ["node-1"], ["node-2"]);
        Knows(_west, ["node-2"], ["node-1"]);
        foreach (var fake in new[] { _east, _west })
            fake.On("POST /v1/broadcasts", new BroadcastStarted("B-1"), ApiJson.Default.BroadcastStarted, 202);

        var result = await CliRun.RunAsync(
            null, ["-M", "--json", "broadcast", option, "node-[1-2]", "server:///srv/a", "--out", "/a", "--no-wait"], home: _files.Folder);

        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(("B-1", "B-1"), ((string?)JsonNode.Parse(result.Out)!["east"]!["id"], (string?)JsonNode.Parse(result.Out)!["west"]!["id"]));
        Assert.Contains("\"nodes\":\"node-1\"", Asked(_east, "broadcasts"), StringComparison.Ordinal);
        Assert.Contains("\"nodes\":\"node-2\"", Asked(_west, "broadcasts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broadcast_OneIsDead_IsReportedAndTheOthersNodesGetIt()
    {
        Configure(("east", _east.Address), ("west", Nowhere));
        Knows(_east, ["node-1", "node-2"], []);
        _east.On("POST /v1/broadcasts", new BroadcastStarted("B-1"), ApiJson.Default.BroadcastStarted, 202);

        var result = await CliRun.RunAsync(null, ["-M", "broadcast", "--to", "node-[1-2]", "server:///srv/a", "--out", "/a", "--no-wait"], home: _files.Folder);

        Assert.Equal((0, "east: B-1\n"), (result.Code, result.Out));
        Assert.Contains("west: no controller answers at " + Nowhere, result.Error);
    }

    [Fact]
    public async Task Broadcast_OneIsDeadAndHasSomeOfTheNodes_TouchesNothing()
    {
        Configure(("east", _east.Address), ("west", Nowhere));
        Knows(_east, ["node-1"], ["node-2"]);

        var result = await CliRun.RunAsync(null, ["-M", "broadcast", "--to", "node-[1-2]", "server:///srv/a", "--out", "/a", "--no-wait"], home: _files.Folder);

        Assert.Equal(1, result.Code);
        Assert.EndsWith("kadeploy: no controller that answers knows node-2 [unknown-node]\n", result.Error);
        Assert.DoesNotContain(_east.Requests, r => r.Line.StartsWith("POST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deploy_NodeThatBothKnow_TouchesNothing()
    {
        Knows(_east, ["node-1", "node-2"], []);
        Knows(_west, ["node-2"], ["node-1"]);

        var result = await CliRun.RunAsync(null, ["-M", "deploy", "-e", "debian12", "-m", "node-[1-2]", "--no-wait"], home: _files.Folder);

        Assert.Equal(
            (1, "kadeploy: node-2: known to east and west; name one of these with --server in place of -M [ambiguous-node]\n"), (result.Code, result.Error));
        Assert.DoesNotContain(_east.Requests.Concat(_west.Requests), r => r.Line.StartsWith("POST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Any_NoServersConfigured_SaysWhereTheyBelong()
    {
        _files.Write(".config/kadeploy/client.yaml", "server: https://127.0.0.1:1\n");

        var result = await CliRun.RunAsync(null, ["-M", "node", "list"], home: _files.Folder);

        Assert.Equal(1, result.Code);
        Assert.Contains("has 'servers:'", result.Error);
    }

    [Theory]
    [InlineData("servers: {east: {tokenFile: x}}", "servers.east has no 'server:'")]
    [InlineData("servers: {east: https://x}", "servers.east: expected 'server:'")]
    [InlineData("servers: {east: {server: https://x, servers: {}}}", "unknown key 'servers'")]
    public async Task Any_BadServers_NamesLineAndKey(string yaml, string said)
    {
        var file = _files.Write(".config/kadeploy/client.yaml", yaml + "\n");

        var result = await CliRun.RunAsync(null, ["-M", "node", "list"], home: _files.Folder);

        Assert.Equal(1, result.Code);
        Assert.Contains($"{file}, line 1: {said}", result.Error);
    }

    private static string Asked(FakeController fake, string what = "deployments") => Assert.Single(fake.Requests, r => r.Line == "POST /v1/" + what).Body;

    private static void Knows(FakeController fake, string[] own, string[] strange) =>
        fake.On("GET /v1/nodes?set=node-%5B1-2%5D&known=true", Nodes(own) with { Unknown = strange }, ApiJson.Default.NodeList);

    private static NodeList Nodes(params string[] names) => new([.. names.Select(n => new NodeInfo(n, NodeState.Idle, ["52:54:00:00:00:01"], "default", true))]);

    private void Configure(params (string Name, string Address)[] servers) => _files.Write(
        ".config/kadeploy/client.yaml", "servers:\n" + string.Concat(servers.Select(s => $"  {s.Name}: {{server: \"{s.Address}\"}}\n")));
}
