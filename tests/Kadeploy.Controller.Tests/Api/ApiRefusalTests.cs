using System.Net;
using System.Text;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

/// <summary>What the API refuses, and that it keeps nothing of it.</summary>
public sealed class ApiRefusalTests(SharedController shared) : IClassFixture<SharedController>
{
    private readonly TestController _controller = shared.Controller;

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer wrong")]
    [InlineData("Basic YWRtaW46YWRtaW4=")]
    public async Task Any_WithoutTheToken_IsUnauthenticated(string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/nodes");
        using var client = _controller.ClientOf(null);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("unauthenticated", JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.Problem)!.Reason);
    }

    [Fact]
    public async Task Info_Always_SaysWhoAnswers()
    {
        var info = await _controller.GetAsync("/v1/info", ApiJson.Default.ControllerInfo);
        Assert.Equal("kadeployd", info.Name);
        Assert.Matches(@"^\d+\.\d+\.\d+", info.Version);
    }

    [Theory]
    [InlineData("{", 400, null)]
    [InlineData("null", 400, null)]
    [InlineData("[]", 400, null)]
    [InlineData("""{"name": 7, "macs": []}""", 400, "name")]
    [InlineData("""{"name": "node-1"}""", 400, "macs")]
    [InlineData("""{"name": "node-1", "macs": []}""", 422, "macs")]
    [InlineData("""{"name": "node-1", "macs": ["52:54:00:00:00:01", "x"]}""", 422, "macs[1]")]
    [InlineData("""{"name": "node-1", "macs": ["52:54:00:00:00:01", "52-54-00-00-00-01"]}""", 422, "macs")]
    [InlineData("""{"name": "../x", "macs": ["52:54:00:00:00:01"]}""", 422, "name")]
    [InlineData("""{"name": "52-54-00-00-00-01", "macs": ["52:54:00:00:00:01"]}""", 422, "name")]
    [InlineData("""{"name": "node-1\nboot", "macs": ["52:54:00:00:00:01"]}""", 422, "name")]
    [InlineData("""{"name": "node-1", "macs": ["52:54:00:00:00:01"], "address": "-oProxyCommand=x"}""", 422, "address")]
    [InlineData("""{"name": "node-1", "macs": ["52:54:00:00:00:01"], "bmc": {"kind": "psychic", "host": "h", "port": 623, "user": "u", "password": "p"}}""", 422, "bmc.kind")]
    [InlineData("""{"name": "node-1", "macs": ["52:54:00:00:00:01"], "bmc": {"kind": "ipmi", "host": "-h", "port": 623, "user": "u", "password": "p"}}""", 422, "bmc.host")]
    [InlineData("""{"name": "node-1", "macs": ["52:54:00:00:00:01"], "bmc": {"kind": "ipmi", "host": "h", "port": 0, "user": "u", "password": "p"}}""", 422, "bmc.port")]
    [InlineData("""{"name": "node-1", "macs": ["52:54:00:00:00:01"], "bmc": {"kind": "ipmi", "host": "h", "port": 623, "user": "u", "password": "123456789012345678901"}}""", 422, "bmc.password")]
    [InlineData("""{"name": "node-1", "macs": ["52:54:00:00:00:01"], "disk": {"path": "/etc/passwd"}}""", 422, "disk.path")]
    public async Task AddNode_SomethingWrong_NamesTheFieldAndKeepsNothing(string body, int status, string? field)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _controller.Api.PostAsync("/v1/nodes", content);
        var problem = JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.Problem)!;
        Assert.Equal((status, field), ((int)response.StatusCode, problem.Field));
        Assert.Empty((await _controller.GetAsync("/v1/nodes", ApiJson.Default.NodeList)).Nodes);
    }

    [Theory]
    [InlineData("/v1/nodes/node-9", "unknown-node", 404)]
    [InlineData("/v1/nodes?set=node-%5B1-2%5D", "unknown-node", 404)]
    [InlineData("/v1/nodes?set=node-%5B1-", "bad-node-set", 422)]
    [InlineData("/v1/environments/admin/none", "unknown-environment", 404)]
    [InlineData("/v1/deployments/D-0", "unknown-deployment", 404)]
    [InlineData("/v1/deployments/D-0/events", "unknown-deployment", 404)]
    [InlineData("/v2/everything", "no-such-resource", 404)]
    public async Task Get_SomethingUnknown_SaysWhat(string path, string reason, int expected)
    {
        var (status, _, problem) = await _controller.SendAsync(HttpMethod.Get, path, null, ApiJson.Default.NodeList);
        Assert.Equal((expected, reason), ((int)status, problem!.Reason));
    }

    [Fact]
    public async Task Body_TooLarge_IsRefused()
    {
        using var content = new StringContent("{\"description\":\"" + new string('a', 3 << 20) + "\"}", Encoding.UTF8, "application/json");
        // Refused by its length alone: without "Expect" the client may still be sending when the connection closes, and see no answer.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/environments") { Content = content, Headers = { ExpectContinue = true } };
        using var response = await _controller.Api.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }
}
