using System.Text.Json;
using System.Text.Json.Nodes;
using Kadeploy.Api;
using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests;

/// <summary>kadeploy copy: node-1 has an agent, node-2 an installed system.</summary>
public sealed class CopyTests : IAsyncLifetime, IDisposable
{
    private const string Broadcast = """
        {"id":"B-1","user":"bob","file":"motd","bytes":4,"sha256":"ab","path":"/etc/motd","unpack":false,"nodes":"node-1","createdAt":"2026-11-21T10:00:00Z","state":"done","summary":{"total":1,"done":1,"failed":0,"running":0},"nodeStates":[{"node":"node-1","verdict":"done"}],"endedAt":"2026-11-21T10:00:09Z"}
        """;

    private readonly ScratchFiles _files = new();
    private FakeController _fake = null!;

    public async Task InitializeAsync()
    {
        _fake = await FakeController.StartAsync();
        _fake.On("GET /v1/nodes?set=node-%5B1-2%5D", Nodes(true, false), ApiJson.Default.NodeList);
        _fake.On("GET /v1/nodes?set=node-1", Nodes(true), ApiJson.Default.NodeList);
        _fake.On("GET /v1/nodes?set=node-2", new NodeList([Nodes(true, false).Nodes[1]]), ApiJson.Default.NodeList);
        _fake.On("POST /v1/uploads", 201, """{"id":"U-1","bytes":4,"sha256":"ab"}""");
        _fake.On("POST /v1/broadcasts", 202, """{"id":"B-1"}""");
        _fake.On("GET /v1/broadcasts/B-1", 200, Broadcast);
        _fake.On("POST /v1/copies", 200, """{"node":"node-2","seconds":0.1,"by":"ssh","exitCode":0,"output":"","error":""}""");
        _files.Write("motd", "fake");
    }

    public async Task DisposeAsync() => await _fake.DisposeAsync();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Copy_BothWays_JsonIsOneDocument()
    {
        var result = await RunAsync("node-[1-2]", "--json");

        Assert.Equal((0, ""), (result.Code, result.Error));
        var document = JsonNode.Parse(result.Out)!;
        Assert.Equal(("B-1", "node-2"), ((string?)document["broadcast"]!["id"], (string?)document["ssh"]![0]!["node"]));
    }

    [Theory]
    [InlineData("node-[1-2]", true, true)]
    [InlineData("node-1", null, true)]
    [InlineData("node-2", false, false)]
    public async Task Copy_WhateverWays_BringsTheFileOnce(string nodes, bool? kept, bool sent)
    {
        await RunAsync(nodes);

        Assert.Equal("fake", Assert.Single(_fake.Requests, r => r.Line == "POST /v1/uploads").Body);
        var copy = _fake.Requests.FirstOrDefault(r => r.Line == "POST /v1/copies") is { } asked ? JsonSerializer.Deserialize(asked.Body, ApiJson.Default.StartCopy) : null;
        // Kept exactly when a broadcast follows, which uses it up.
        Assert.Equal(kept, copy is null ? null : copy.KeepUpload ?? false);
        Assert.Equal(sent, _fake.Requests.Any(r => r.Line == "POST /v1/broadcasts"));
    }

    [Fact]
    public async Task Copy_OneWay_JsonHasTheSameShape()
    {
        var document = JsonNode.Parse((await RunAsync("node-1", "--json")).Out)!.AsObject();

        Assert.Equal(["broadcast"], document.Select(p => p.Key));
    }

    [Fact]
    public async Task Copy_OneWayRefused_TheOtherIsStillInTheDocument()
    {
        _fake.Refuse("POST /v1/broadcasts", new Problem("urn:kadeploy:no-right", "No right", 403, "bob has no right to node-1"));

        var result = await RunAsync("node-[1-2]", "--json");

        Assert.Equal(2, result.Code);
        Assert.Equal("urn:kadeploy:no-right", (string?)JsonNode.Parse(result.Error)!["type"]);
        Assert.Equal(["ssh"], JsonNode.Parse(result.Out)!.AsObject().Select(p => p.Key));
    }

    [Fact]
    public async Task Copy_NoSuchFile_IsSaidOnceAndAsksNothing()
    {
        var result = await CliRun.RunAsync(_fake, ["copy", _files.Path("none"), "-m", "node-[1-2]", "--out", "/etc/motd", "--json"]);

        Assert.Equal((1, ""), (result.Code, result.Out));
        using (JsonDocument.Parse(result.Error))
            Assert.Empty(_fake.Requests);
    }

    private Task<CliRun.Result> RunAsync(string nodes, params string[] more) => CliRun.RunAsync(_fake, ["copy", _files.Path("motd"), "-m", nodes, "--out", "/etc/motd", .. more]);

    private static NodeList Nodes(params bool[] agents) => new([.. agents.Select((agent, i) => new NodeInfo(
        $"node-{i + 1}", NodeState.Deployed, [$"52:54:00:00:00:0{i + 1}"], "default", true, Agent: agent ? new AgentInfo(true) : null))]);
}
