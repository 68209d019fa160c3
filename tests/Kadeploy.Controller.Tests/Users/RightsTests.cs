using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using Kadeploy.Api;
using Kadeploy.Api.Audit;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Power;
using Kadeploy.Api.Users;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Users;

public sealed class RightsTests : IAsyncLifetime
{
    private readonly ShiftedTime _time = new();
    private TestController _controller = null!;
    private HttpClient _bob = null!;

    public async Task InitializeAsync()
    {
        _controller = await TestController.StartAsync("groups: {rack1: 'node-[1-2]'}", time: _time);
        await _controller.AddEnvironmentAsync(visibility: "public");
        for (var i = 1; i <= 3; i++)
            await _controller.AddNodeAsync($"node-{i}", $"52:54:00:00:00:{i:x2}");
        _bob = _controller.ClientOf((await _controller.CreateTokenAsync("bob")).Token);
    }

    public async Task DisposeAsync()
    {
        _bob.Dispose();
        await _controller.DisposeAsync();
    }

    [Fact]
    public async Task Deploy_WithoutTheRight_NamesTheNodesAndThePartition()
    {
        await GrantAsync(new GrantRight("bob", "@rack1", "3"));
        var problem = await DeployAsync("node-[1-3]", 403);
        Assert.Equal(("no-right", "nodes"), (problem!.Reason, problem.Field));
        Assert.Equal(["node-3"], problem.Nodes);
        Assert.Contains("bob has no right now to node-3, partition 3", problem.Detail, StringComparison.Ordinal);
        Assert.Equal("no-right", (await DeployAsync("node-1", 403, partition: 4))!.Reason);
        Assert.Empty(_controller.Power.Commands);
        Assert.Empty((await _controller.GetAsync("/v1/deployments", ApiJson.Default.DeploymentList)).Deployments);
    }

    [Fact]
    public async Task Power_NeedsAnyRight()
    {
        var request = JsonContent.Create(new PowerRequest("node-1", PowerAction.Status), ApiJson.Default.PowerRequest);
        Assert.Equal(HttpStatusCode.Forbidden, (await _bob.PostAsync("/v1/power", request)).StatusCode);
        Assert.Empty(_controller.Power.Commands);
        await GrantAsync(new GrantRight("bob", "node-1", "7"));
        Assert.Equal(HttpStatusCode.Accepted, (await _bob.PostAsync("/v1/power", request)).StatusCode);
    }

    [Fact]
    public async Task Revoke_WhileADeploymentRuns_EndsItOnTheseNodesOnly()
    {
        await GrantAsync(new GrantRight("bob", "node-[1-3]"));
        var id = await StartAsync("node-[1-2]");
        var other = await StartAsync("node-3");

        var (status, revoked, _) = await _controller.SendAsync(
            HttpMethod.Post, "/v1/rights/revoke", JsonContent.Create(new RevokeRight("bob", "node-[1-2]"), ApiJson.Default.RevokeRight), ApiJson.Default.RightsRevoked);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal((1, id), (revoked!.Rights, Assert.Single(revoked.Ended)));
        await Eventually.TrueAsync(
            async () => (await _controller.DeploymentAsync(id)).NodeStates.Count(n => n.Verdict == NodeVerdict.Cancelled) == 2, "two nodes to be cancelled");
        var now = await _controller.DeploymentAsync(id);
        Assert.Equal(DeploymentState.Running, (await _controller.DeploymentAsync(other)).State);
        Assert.Contains("revoked by admin", now.NodeStates[0].Failure!.Detail, StringComparison.Ordinal);
        Assert.Equal("node-3", Assert.Single((await _controller.GetAsync("/v1/rights", ApiJson.Default.RightList)).Rights).Nodes);
    }

    [Fact]
    public async Task End_OfARight_EndsWhatRunsByIt()
    {
        await GrantAsync(new GrantRight("bob", "node-1", Until: _time.GetUtcNow().AddMinutes(1)));
        var id = await StartAsync("node-1");
        _time.Shift(TimeSpan.FromMinutes(1));
        // Its timer runs on; at any change of a right it looks at the time again.
        await GrantAsync(new GrantRight("eve", "node-3"));
        var end = await _controller.EndOfAsync(id);
        Assert.Equal(NodeVerdict.Cancelled, end.NodeStates[0].Verdict);
        await Eventually.TrueAsync(async () => (await _controller.GetAsync("/v1/rights", ApiJson.Default.RightList)).Rights.All(r => r.User == "eve"), "the right to be forgotten");
    }

    [Fact]
    public async Task Right_ThatBeganNotYet_IsNone()
    {
        await GrantAsync(new GrantRight("bob", "node-1", From: DateTimeOffset.UtcNow.AddHours(1)));
        Assert.Equal("no-right", (await DeployAsync("node-1", 403))!.Reason);
    }

    [Fact]
    public async Task Grant_WhatAnotherUserHas_IsRefusedUnlessOverwritten()
    {
        await GrantAsync(new GrantRight("bob", "node-[1-2]"));
        var id = await StartAsync("node-2");
        var (status, problem) = await TryGrantAsync(new GrantRight("eve", "node-[2-3]"));
        Assert.Equal((HttpStatusCode.Conflict, "right-in-the-way"), (status, problem!.Reason));
        Assert.Contains("bob has a right to node-[1-2]", problem.Detail, StringComparison.Ordinal);

        await GrantAsync(new GrantRight("eve", "node-[2-3]", Overwrite: true));

        var rights = (await _controller.GetAsync("/v1/rights", ApiJson.Default.RightList)).Rights;
        Assert.Equal([("bob", "node-1"), ("eve", "node-[2-3]")], rights.Select(r => (r.User, r.Nodes)));
        await Eventually.TrueAsync(
            async () => (await _controller.DeploymentAsync(id)).NodeStates.Single(n => n.Node == "node-2").Verdict == NodeVerdict.Cancelled, "node-2 to be cancelled");
    }

    [Fact]
    public async Task Rights_OutliveARestart()
    {
        await GrantAsync(new GrantRight("bob", "*", "3"));
        var before = (await _controller.GetAsync("/v1/rights", ApiJson.Default.RightList)).Rights;
        _controller = await _controller.RestartAsync();
        Assert.Equal(before, (await _controller.GetAsync("/v1/rights", ApiJson.Default.RightList)).Rights);
    }

    [Fact]
    public async Task OthersDeployments_AreNeitherShownNorStopped()
    {
        var (_, id, _) = await _controller.DeployAsync(new StartDeployment("tiny", "node-1"));
        foreach (var path in new[] { "", "/events" })
            Assert.Equal("not-yours", (await ProblemAsync(await _bob.GetAsync($"/v1/deployments/{id}{path}"), 403)).Reason);
        Assert.Equal("not-yours", (await ProblemAsync(await _bob.PostAsync($"/v1/deployments/{id}/cancel", null), 403)).Reason);
        Assert.Equal(DeploymentState.Running, (await _controller.DeploymentAsync(id!)).State);
    }

    [Theory]
    [InlineData("POST", "/v1/nodes", """{"name":"node-9","macs":["52:54:00:00:00:09"]}""")]
    [InlineData("POST", "/v1/nodes/52-54-00-00-00-09/accept", """{"name":"node-9"}""")]
    [InlineData("DELETE", "/v1/nodes/node-1", null)]
    [InlineData("POST", "/v1/rights", """{"user":"bob","nodes":"*"}""")]
    [InlineData("POST", "/v1/rights/revoke", """{"user":"bob","nodes":"*"}""")]
    [InlineData("DELETE", "/v1/rights/R-1", null)]
    [InlineData("GET", "/v1/audit", null)]
    public async Task Administration_ByAUser_IsRefusedAndRecorded(string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body, null, "application/json") };
        Assert.Equal("administrator-needed", (await ProblemAsync(await _bob.SendAsync(request), 403)).Reason);
        var last = (await AuditAsync("?limit=1")).Entries[0];
        Assert.Equal(("bob", "token", "403 administrator-needed"), (last.User, last.By, last.Result));
    }

    [Fact]
    public async Task Audit_TellsWhoDidWhatToWhatAndHowItWent()
    {
        await GrantAsync(new GrantRight("bob", "node-1", "3"));
        await DeployAsync("node-2", 403);
        var id = await StartAsync("node-1");
        var all = (await AuditAsync("")).Entries;
        Assert.Equal(
            [("bob", "deployment.start", "admin/tiny:1 node-1", "202"), ("bob", "deployment.start", "tiny node-2", "403 no-right"), ("admin", "right.grant", "bob node-1", "201")],
            all.Take(3).Select(e => (e.User, e.Action, e.Subject, e.Result)));
        Assert.Equal((id, "127.0.0.1"), (all[0].Detail, all[0].Address));
        Assert.Contains(all, e => e is { Action: "environment.add", Subject: "admin/tiny:1", Result: "201" });

        Assert.All((await AuditAsync("?user=bob")).Entries, e => Assert.Equal("bob", e.User));
        Assert.Equal(2, (await AuditAsync("?action=deployment")).Entries.Count);
        Assert.Equal(2, (await AuditAsync("?subject=node-1&since=2020-01-01T00:00:00Z")).Entries.Count(e => e.Action != "node.add"));
        Assert.Empty((await AuditAsync("?since=2099-01-01T00:00:00Z")).Entries);
    }

    [Fact]
    public async Task Audit_InPages_HasEveryLineOnce()
    {
        var seen = new List<long>();
        for (var page = await AuditAsync("?limit=2"); ; page = await AuditAsync($"?limit=2&cursor={page.Next}"))
        {
            seen.AddRange(page.Entries.Select(e => e.Seq));
            if (page.Next is null)
                break;
        }
        Assert.Equal((await AuditAsync("")).Entries.Select(e => e.Seq), seen);
        Assert.Equal(seen.OrderDescending(), seen);
    }

    [Fact]
    public void Audit_WhoeverWouldAlterIt_IsRefusedByTheDatabase()
    {
        var database = _controller.Service<Database>();
        foreach (var change in (string[])["DELETE FROM audit", "UPDATE audit SET user = 'nobody'"])
            Assert.Contains("append-only", Assert.ThrowsAny<Exception>(() => { database.Write(connection => connection.Execute(change)); }).Message, StringComparison.Ordinal);
    }

    private Task<AuditList> AuditAsync(string query) => _controller.GetAsync("/v1/audit" + query, ApiJson.Default.AuditList);

    private async Task GrantAsync(GrantRight request)
    {
        var (status, problem) = await TryGrantAsync(request);
        Assert.True(status == HttpStatusCode.Created, problem?.Detail);
    }

    private async Task<(HttpStatusCode Status, Problem? Problem)> TryGrantAsync(GrantRight request)
    {
        var (status, _, problem) = await _controller.SendAsync(HttpMethod.Post, "/v1/rights", JsonContent.Create(request, ApiJson.Default.GrantRight), ApiJson.Default.RightInfo);
        return (status, problem);
    }

    private async Task<string> StartAsync(string nodes)
    {
        using var response = await _bob.PostAsync("/v1/deployments", JsonContent.Create(new StartDeployment("tiny", nodes), ApiJson.Default.StartDeployment));
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
        return JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.DeploymentStarted)!.Id;
    }

    private async Task<Problem?> DeployAsync(string nodes, int status, int? partition = null)
    {
        using var response = await _bob.PostAsync(
            "/v1/deployments", JsonContent.Create(new StartDeployment("tiny", nodes, Partition: partition), ApiJson.Default.StartDeployment));
        return await ProblemAsync(response, status);
    }

    private static async Task<Problem> ProblemAsync(HttpResponseMessage response, int status)
    {
        Assert.Equal(status, (int)response.StatusCode);
        return await ReadAsync(response, ApiJson.Default.Problem);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), type)!;
}
