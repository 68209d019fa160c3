using System.Net;
using System.Net.Http.Json;
using System.Text;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Nodes;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

/// <summary>PATCH /v1/nodes/NAME.</summary>
public sealed class NodeChangeTests : IAsyncLifetime
{
    private TestController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await TestController.StartAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    private string? Password => _controller.Service<NodeStore>().BmcPassword("node-1");

    [Fact]
    public async Task Change_SomeFields_TheOthersStay()
    {
        var node = await ChangedAsync(new ChangeNode(Cluster: "gpu", Disk: new DiskHintInfo(Serial: "S1"), Attributes: new Dictionary<string, string> { ["rack"] = "12", ["site"] = "lyon" }));
        Assert.Equal(("gpu", "127.0.0.1", "S1", "lyon"), (node.Cluster, node.Address, node.Disk!.Serial, node.Attributes!["site"]));
        Assert.Equal(new BmcInfo("ipmi", "127.0.0.1", 9, "admin"), node.Bmc);

        node = await ChangedAsync(new ChangeNode(Macs: ["52-54-00-00-00-02"], Address: "10.0.0.2", Disk: new DiskHintInfo(), Attributes: new Dictionary<string, string> { ["site"] = "" }));
        Assert.Equal(("52:54:00:00:00:02", "10.0.0.2", "gpu", null), (Assert.Single(node.Macs), node.Address, node.Cluster, node.Disk));
        Assert.Equal("rack", Assert.Single(node.Attributes!).Key);
        Assert.Equal("secret", Password);
    }

    [Fact]
    public async Task Change_Bmc_KeepsWhatIsNotSaid()
    {
        Assert.Equal(new BmcInfo("ipmi", "10.0.1.9", 9, "admin"), (await ChangedAsync(new ChangeNode(Bmc: new ChangeBmc(Host: "10.0.1.9")))).Bmc);
        Assert.Equal("secret", Password);
        Assert.Equal(new BmcInfo("redfish", "10.0.1.9", 443, "root"), (await ChangedAsync(new ChangeNode(Bmc: new ChangeBmc("redfish", User: "root", Password: "n3w")))).Bmc);
        Assert.Equal("n3w", Password);
    }

    [Fact]
    public async Task Change_WithoutBmc_ForgetsThePassword()
    {
        Assert.Null((await ChangedAsync(new ChangeNode(WithoutBmc: true))).Bmc);
        Assert.Null(Password);
        var (status, _, problem) = await ChangeAsync("node-1", new ChangeNode(Bmc: new ChangeBmc("ipmi", "10.0.1.9", User: "admin")));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "bmc.password"), (status, problem!.Field));
    }

    [Fact]
    public async Task Change_SomethingWrong_NamesTheFieldAndChangesNothing()
    {
        var before = await NodeAsync();
        foreach (var (body, status, field) in new[]
        {
            ("""{"macs":[]}""", 422, "macs"),
            ("""{"macs":["nonsense"]}""", 422, "macs[0]"),
            ("""{"macs":[null]}""", 400, "macs[0]"),
            ("""{"address":"-oProxyCommand=x"}""", 422, "address"),
            ("""{"cluster":"../x"}""", 422, "cluster"),
            ("""{"bmc":{"kind":"telnet"}}""", 422, "bmc.kind"),
            ("""{"bmc":{"port":70000}}""", 422, "bmc.port"),
            ("""{"bmc":{"host":"a b"}}""", 422, "bmc.host"),
            ("""{"bmc":{"password":"longer than twenty characters"}}""", 422, "bmc.password"),
            ("""{"bmc":{"host":"a"},"withoutBmc":true}""", 422, "withoutBmc"),
            ("""{"disk":{"path":"/etc/passwd"}}""", 422, "disk.path"),
            ("""{"attributes":{"Rack":"1"}}""", 422, "attributes.Rack"),
            ("""{"attributes":{"rack":null}}""", 400, "attributes.rack"),
            ("""{"cluster":7}""", 400, "cluster"),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, "/v1/nodes/node-1") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            using var response = await _controller.Api.SendAsync(request);
            var problem = await response.Content.ReadFromJsonAsync(ApiJson.Default.Problem);
            Assert.Equal((body, status, field), (body, (int)response.StatusCode, problem!.Field));
            Assert.DoesNotContain("twenty", problem.Detail, StringComparison.Ordinal);
        }
        Assert.Equal(before, await NodeAsync());

        Task<string> NodeAsync() => _controller.Api.GetStringAsync(new Uri("/v1/nodes/node-1", UriKind.Relative));
    }

    [Fact]
    public async Task Change_MacOfAnother_IsRefused()
    {
        await _controller.AddNodeAsync("node-2", "52:54:00:00:00:02");
        var (status, _, problem) = await ChangeAsync("node-1", new ChangeNode(Macs: ["52:54:00:00:00:02"]));
        Assert.Equal((HttpStatusCode.Conflict, "node-exists"), (status, problem!.Reason));
        Assert.Contains("of node-2", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_NodeThatIsNotThere_IsRefused()
    {
        var (status, _, problem) = await ChangeAsync("node-9", new ChangeNode(Cluster: "gpu"));
        Assert.Equal((HttpStatusCode.NotFound, "unknown-node"), (status, problem!.Reason));
        Assert.Single((await _controller.GetAsync("/v1/nodes", ApiJson.Default.NodeList)).Nodes);
    }

    [Fact]
    public async Task Change_BusyNode_IsRefused()
    {
        await _controller.AddEnvironmentAsync();
        var (_, id, _) = await _controller.DeployAsync(new StartDeployment("tiny", "node-1"));
        var (status, _, problem) = await ChangeAsync("node-1", new ChangeNode(Cluster: "gpu"));
        Assert.Equal((HttpStatusCode.Conflict, "node-busy"), (status, problem!.Reason));
        Assert.Contains(id!, problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_NodeOfTheFile_IsRefusedNamingTheFile()
    {
        _controller.Folder.Write("etc/nodes.yaml", "nodes: [{name: node-5, macs: ['52:54:00:00:00:05']}]");
        var configuration = _controller.Service<Kadeploy.Controller.Configuration.ControllerConfiguration>();
        configuration.Nodes = Kadeploy.Controller.Configuration.NodesFile.Read(_controller.Folder.Sub("etc"));
        _controller.Service<NodeStore>().Declare(configuration.Nodes);
        var (status, _, problem) = await ChangeAsync("node-5", new ChangeNode(Cluster: "gpu"));
        Assert.Equal((HttpStatusCode.Conflict, "node-in-file"), (status, problem!.Reason));
        Assert.Contains("nodes.yaml", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_ByAnybody_NeedsAnAdministratorAndIsAuditedWithoutThePassword()
    {
        using var bob = _controller.ClientOf((await _controller.CreateTokenAsync("bob")).Token);
        using var refused = await bob.PatchAsJsonAsync("/v1/nodes/node-1", new ChangeNode(Bmc: new ChangeBmc(Password: "s3cr3t")), ApiJson.Default.ChangeNode);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await ChangedAsync(new ChangeNode(Bmc: new ChangeBmc(Password: "s3cr3t"), Cluster: "gpu"));
        var audit = await _controller.Api.GetStringAsync(new Uri("/v1/audit?action=node.change", UriKind.Relative));
        Assert.Contains("cluster, bmc", audit, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", audit, StringComparison.Ordinal);
    }

    private async Task<NodeInfo> ChangedAsync(ChangeNode change)
    {
        var (status, node, problem) = await ChangeAsync("node-1", change);
        Assert.True(status == HttpStatusCode.OK, problem?.Detail);
        return node!;
    }

    private Task<(HttpStatusCode Status, NodeInfo? Answer, Problem? Problem)> ChangeAsync(string name, ChangeNode change) =>
        _controller.SendAsync(HttpMethod.Patch, $"/v1/nodes/{name}", JsonContent.Create(change, ApiJson.Default.ChangeNode), ApiJson.Default.NodeInfo);
}
