using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Nodes;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

public sealed class ApiTests : IAsyncLifetime
{
    private TestController _controller = null!;

    public async Task InitializeAsync() => _controller = await TestController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task AddNode_TakenNameOrMac_IsRefused()
    {
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        foreach (var (name, mac) in new[] { ("node-1", "52:54:00:00:00:02"), ("node-2", "52-54-00-00-00-01") })
        {
            var (status, _, problem) = await _controller.SendAsync(
                HttpMethod.Post, "/v1/nodes", JsonContent.Create(new AddNode(name, [mac]), ApiJson.Default.AddNode), ApiJson.Default.NodeInfo);
            Assert.Equal((HttpStatusCode.Conflict, "node-exists"), (status, problem!.Reason));
        }
    }

    [Fact]
    public async Task Nodes_Set_InNaturalOrderAndWithoutAnyPassword()
    {
        foreach (var i in (int[])[10, 2, 1])
            await _controller.AddNodeAsync($"node-{i}", $"52:54:00:00:00:{i:x2}");
        var all = await _controller.Api.GetStringAsync("/v1/nodes");
        Assert.DoesNotContain("secret", all, StringComparison.Ordinal);
        Assert.Equal(["node-1", "node-2", "node-10"], JsonSerializer.Deserialize(all, ApiJson.Default.NodeList)!.Nodes.Select(n => n.Name));
        var some = await _controller.GetAsync("/v1/nodes?set=node-%5B1,10%5D", ApiJson.Default.NodeList);
        Assert.Equal(["node-1", "node-10"], some.Nodes.Select(n => n.Name));
    }

    [Fact]
    public async Task Deploy_UnknownNodes_NamesThemAndTouchesNothing()
    {
        await _controller.AddEnvironmentAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        var (status, _, problem) = await _controller.DeployAsync(new StartDeployment("tiny", "node-[1-3]"));
        Assert.Equal((HttpStatusCode.NotFound, "unknown-node"), (status, problem!.Reason));
        Assert.Equal(["node-2", "node-3"], problem.Nodes);
        Assert.Empty(_controller.Power.Commands);
    }

    [Theory]
    [InlineData("", "no-nodes")]
    [InlineData("  ", "no-nodes")]
    [InlineData("node-[", "bad-node-set")]
    public async Task Deploy_NoNodes_NeverMeansAll(string nodes, string reason)
    {
        await _controller.AddEnvironmentAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        var (status, _, problem) = await _controller.DeployAsync(new StartDeployment("tiny", nodes));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, reason, "nodes"), (status, problem!.Reason, problem.Field));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("tiny:2")]
    [InlineData("root/tiny")]
    public async Task Deploy_UnknownEnvironment_SaysWhich(string environment)
    {
        await _controller.AddEnvironmentAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        var (status, _, problem) = await _controller.DeployAsync(new StartDeployment(environment, "node-1"));
        Assert.Equal((HttpStatusCode.NotFound, "unknown-environment", "environment"), (status, problem!.Reason, problem.Field));
        Assert.Contains(environment, problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_FieldThatIsWrong_IsNamed()
    {
        await _controller.AddEnvironmentAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        var good = new StartDeployment("tiny", "node-1");
        (StartDeployment, string)[] cases =
        [
            (good with { AuthorizedKeys = ["ssh-ed25519 AAAA", "rm -rf /"] }, "authorizedKeys[1]"),
            (good with { AuthorizedKeys = ["ssh-ed25519 AAAA\ncommand"] }, "authorizedKeys[0]"),
            (good with { Partition = 1 }, "partition"),
            (good with { Partition = 2 }, "partition"),
            (good with { Partition = 0 }, "partition"), // a whole disk wants a dd image
            (good with { Environment = "a:b:c" }, "environment"),
            (good with { Options = new Dictionary<string, string> { ["speed"] = "more" } }, "options.speed"),
        ];
        foreach (var (request, field) in cases)
        {
            var (status, _, problem) = await _controller.DeployAsync(request);
            Assert.Equal((HttpStatusCode.UnprocessableEntity, field), (status, problem!.Field));
        }
    }

    [Fact]
    public async Task Finished_deployments_outlive_a_restart()
    {
        await _controller.AddEnvironmentAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01", bmc: false);
        var (_, id, _) = await _controller.DeployAsync(new StartDeployment("tiny", "node-1"));
        var before = await _controller.EndOfAsync(id!);

        _controller = await _controller.RestartAsync();

        var after = await _controller.DeploymentAsync(id!);
        Assert.Equal(before.NodeStates[0].Failure, after.NodeStates[0].Failure);
        Assert.Equal(before.EndedAt, after.EndedAt);
        var list = await _controller.GetAsync("/v1/deployments", ApiJson.Default.DeploymentList);
        Assert.Equal(id, Assert.Single(list.Deployments).Id);
        Assert.Empty((await _controller.GetAsync("/v1/deployments?active=true", ApiJson.Default.DeploymentList)).Deployments);
        Assert.Contains("event: end", await _controller.Api.GetStringAsync($"/v1/deployments/{id}/events"), StringComparison.Ordinal);
    }
}
