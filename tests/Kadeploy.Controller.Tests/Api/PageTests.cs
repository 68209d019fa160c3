using System.Net;
using System.Net.Http.Json;
using Kadeploy.Api;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Power;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

/// <summary>Lists that are read a page at a time give everything once, in order.</summary>
public sealed class PageTests : DeploymentTest
{
    [Fact]
    public async Task Nodes_PageByPage_GiveEveryNodeOnce()
    {
        for (var i = 1; i <= 5; i++)
            await AddMachineAsync(i);

        Assert.Equal(
            ["node-1", "node-2", "node-3", "node-4", "node-5"],
            await AllAsync("/v1/nodes?limit=2", ApiJson.Default.NodeList, list => (list.Nodes.Select(n => n.Name), list.Next)));
        Assert.Equal(
            ["node-2", "node-3", "node-4"],
            await AllAsync("/v1/nodes?limit=2&set=node-[2-4]", ApiJson.Default.NodeList, list => (list.Nodes.Select(n => n.Name), list.Next)));
    }

    [Fact]
    public async Task Nodes_GroupOfAnAttribute_HasTheNodesOfWhichTheSiteSaysIt()
    {
        for (var i = 1; i <= 3; i++)
        {
            var node = new AddNode($"node-{i}", [$"52:54:00:00:00:0{i}"], Attributes: new Dictionary<string, string> { ["rack"] = i < 3 ? "r1" : "r2" });
            await Controller.SendAsync(HttpMethod.Post, Routes.Nodes, JsonContent.Create(node, ApiJson.Default.AddNode), ApiJson.Default.NodeInfo);
        }

        var list = await Controller.GetAsync("/v1/nodes?set=@rack:r1", ApiJson.Default.NodeList);

        Assert.Equal(["node-1", "node-2"], list.Nodes.Select(n => n.Name));
        var (status, _, problem) = await Controller.SendAsync(HttpMethod.Get, "/v1/nodes?set=@room:a", null, ApiJson.Default.NodeList);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "bad-node-set"), (status, problem!.Reason));
    }

    [Fact]
    public async Task Operations_PageByPage_GiveEveryOneOnceNewestFirst()
    {
        await AddMachineAsync(1);
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var (status, started, problem) = await Controller.SendAsync(
                HttpMethod.Post, Routes.Power, JsonContent.Create(new PowerRequest("node-1", PowerAction.Status), ApiJson.Default.PowerRequest), ApiJson.Default.DeploymentStarted);
            Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
            ids.Insert(0, started!.Id);
            await Controller.EndOfAsync(started.Id);
        }

        Assert.Equal(ids, await AllAsync("/v1/operations?limit=2", ApiJson.Default.DeploymentList, list => (list.Deployments.Select(d => d.Id), list.Next)));
    }

    [Fact]
    public async Task Operations_AfterARestart_AreListedAsBefore()
    {
        await AddMachineAsync(1);
        var (_, started, _) = await Controller.SendAsync(
            HttpMethod.Post, Routes.Power, JsonContent.Create(new PowerRequest("node-1", PowerAction.Status), ApiJson.Default.PowerRequest), ApiJson.Default.DeploymentStarted);
        await Controller.EndOfAsync(started!.Id);
        var before = await Controller.Api.GetStringAsync(new Uri("/v1/operations", UriKind.Relative));

        await RestartAsync();

        Assert.Contains(started.Id, before, StringComparison.Ordinal);
        Assert.Equal(before, await Controller.Api.GetStringAsync(new Uri("/v1/operations", UriKind.Relative)));
    }

    [Fact]
    public async Task Broadcasts_PageByPage_GiveEveryOneOnceNewestFirstAndNoOtherOperation()
    {
        var ids = new List<string>();
        for (var i = 1; i <= 3; i++)
        {
            await AddMachineAsync(i);
            using var file = new ByteArrayContent([1, 2, 3]);
            using var uploaded = await Controller.Api.PostAsync(new Uri(Routes.Uploads, UriKind.Relative), file);
            var upload = await uploaded.Content.ReadFromJsonAsync(ApiJson.Default.UploadInfo);
            var (status, started, problem) = await Controller.SendAsync(
                HttpMethod.Post, Routes.Broadcasts, JsonContent.Create(new StartBroadcast($"node-{i}", "/tmp/file", Upload: upload!.Id), ApiJson.Default.StartBroadcast),
                ApiJson.Default.BroadcastStarted);
            Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
            ids.Insert(0, started!.Id);
        }
        await Controller.SendAsync(
            HttpMethod.Post, Routes.Power, JsonContent.Create(new PowerRequest("node-1", PowerAction.Status), ApiJson.Default.PowerRequest), ApiJson.Default.DeploymentStarted);

        Assert.Equal(ids, await AllAsync("/v1/broadcasts?limit=2", ApiJson.Default.BroadcastList, list => (list.Broadcasts.Select(d => d.Id), list.Next)));
    }

    [Theory]
    [InlineData("/v1/nodes?limit=0")]
    [InlineData("/v1/operations?limit=-1")]
    [InlineData("/v1/rights?limit=1001")]
    [InlineData("/v1/broadcasts?limit=0")]
    public async Task List_BadLimit_IsRefused(string path)
    {
        using var answer = await Controller.Api.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal("limit", (await answer.Content.ReadFromJsonAsync(ApiJson.Default.Problem))!.Field);
    }

    private async Task<List<string>> AllAsync<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, Func<T, (IEnumerable<string> Keys, string? Next)> read)
        where T : class
    {
        var all = new List<string>();
        string? next = null;
        do
        {
            var (keys, following) = read(await Controller.GetAsync(next is null ? path : $"{path}&cursor={Uri.EscapeDataString(next)}", type));
            all.AddRange(keys);
            next = following;
        }
        while (next is not null);
        return all;
    }
}
