using System.Net.Http.Json;
using System.Text;
using Kadeploy.Api;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

/// <summary>What is wrong inside a field: refused by its path, never a 500, never an effect.</summary>
public sealed class BadElementTests(SharedController shared) : IClassFixture<SharedController>
{
    private readonly TestController _controller = shared.Controller;

    [Theory]
    [InlineData("/v1/nodes", """{"name":"n","macs":[null]}""", "macs[0]")]
    [InlineData("/v1/nodes", """{"name":"n","macs":["52:54:00:12:34:56"],"attributes":{"rack":null}}""", "attributes.rack")]
    [InlineData("/v1/nodes/52-54-00-12-34-56/accept", """{"name":"n","attributes":{"rack":null}}""", "attributes.rack")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","authorizedKeys":[null]}""", "authorizedKeys[0]")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","timeouts":{"x":null}}""", "timeouts.x")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","options":{"x":null}}""", "options.x")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","steps":{"BootNewEnv":null}}""", "steps.BootNewEnv")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","steps":{"BootNewEnv":[null]}}""", "steps.BootNewEnv[0]")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","customOperations":[null]}""", "customOperations[0]")]
    [InlineData("/v1/deployments/plan", """{"environment":"a","nodes":"n","customOperations":[{"step":null,"when":"before","name":"x","action":"exec"}]}""", "customOperations[0].step")]
    [InlineData("/v1/reboots", """{"nodes":"n","authorizedKeys":["ssh-ed25519 AAAA",null]}""", "authorizedKeys[1]")]
    [InlineData("/v1/reboots", """{"nodes":"n","customOperations":[null]}""", "customOperations[0]")]
    public async Task Post_NullWhereThereMustBeSomething_NamesItsPath(string path, string body, string field) => await RefusedAsync(path, body, 400, field);

    [Theory]
    [InlineData("/v1/nodes", """{"name":"n","macs":["52:54:00:12:34:56"],"colour":"red"}""", "colour")]
    [InlineData("/v1/nodes", """{"name":"n","macs":["52:54:00:12:34:56"],"bmc":{"kind":"ipmi","host":"h","port":623,"user":"u","password":"p","cipher":3}}""", "bmc.cipher")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","disableDiskPartitionning":true}""", "disableDiskPartitionning")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","customOperations":[{"step":"a/b","when":"before","name":"x","action":"exec","sudo":true}]}""", "customOperations[0].sudo")]
    [InlineData("/v1/power", """{"nodes":"n","action":"status","really":true}""", "really")]
    [InlineData("/v1/rights", """{"user":"bob","nodes":"*","until_":"2030-01-01T00:00:00Z"}""", "until_")]
    [InlineData("/v1/tokens", """{"expires":"2030-01-01T00:00:00Z"}""", "expires")]
    [InlineData("/v1/exec", """{"nodes":"n","command":"x","timeout":3}""", "timeout")]
    [InlineData("/v1/broadcasts", """{"nodes":"n","path":"x","to":"y"}""", "to")]
    [InlineData("/v1/environments", """{"description":"x","image":"y"}""", "image")]
    public async Task Post_FieldThatIsNotThere_IsNamed(string path, string body, string field) => await RefusedAsync(path, body, 400, field);

    [Theory]
    [InlineData("""{"name":"n","macs":["52:54:00:12:34:56"],"disk":{"serial":"LONG"}}""", "disk.serial")]
    [InlineData("""{"name":"n","macs":["52:54:00:12:34:56"],"disk":{"wwn":"a\nb"}}""", "disk.wwn")]
    [InlineData("""{"name":"n","macs":["52:54:00:12:34:56"],"disk":{"path":"/dev/\u0000"}}""", "disk.path")]
    [InlineData("""{"name":"n","macs":["52:54:00:12:34:56"],"attributes":{"rack":"LONG"}}""", "attributes.rack")]
    [InlineData("""{"name":"n","macs":["52:54:00:12:34:56"],"address":"LONG"}""", "address")]
    [InlineData("""{"name":"LONG","macs":["52:54:00:12:34:56"]}""", "name")]
    public async Task Post_NodeWithATextTooLongOrNone_NamesTheField(string body, string field) =>
        await RefusedAsync("/v1/nodes", body.Replace("LONG", new string('x', 5000), StringComparison.Ordinal), 422, field);

    [Fact]
    public async Task Post_NodeWithTooMany_NamesTheField()
    {
        var macs = string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"52:54:00:12:34:{i:x2}\""));
        await RefusedAsync("/v1/nodes", $$"""{"name":"n","macs":[{{macs}}]}""", 422, "macs");
        var attributes = string.Join(',', Enumerable.Range(0, 65).Select(i => $"\"a{i}\":\"x\""));
        await RefusedAsync("/v1/nodes", "{\"name\":\"n\",\"macs\":[\"52:54:00:12:34:56\"],\"attributes\":{" + attributes + "}}", 422, "attributes");
    }

    [Theory]
    [InlineData("/v1/nodes", """{"macs":["52:54:00:12:34:56"]}""", "name", "is missing")]
    [InlineData("/v1/nodes", """{"name":"n","macs":["52:54:00:12:34:56"],"bmc":{"kind":"ipmi","host":"h","port":623,"user":"u"}}""", "bmc.password", "is missing")]
    [InlineData("/v1/nodes", """{"name":"n","macs":"52:54:00:12:34:56"}""", "macs", "is not a list")]
    [InlineData("/v1/nodes", """{"name":"n","macs":[7]}""", "macs[0]", "is not a text")]
    [InlineData("/v1/nodes", """{"name":"n","macs":["x"],"disk":"/dev/sda"}""", "disk", "is not an object")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","partition":"three"}""", "partition", "is not a whole number of that size")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","partition":99999999999}""", "partition", "is not a whole number of that size")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","force":"yes"}""", "force", "is not true or false")]
    [InlineData("/v1/deployments", """{"environment":"a","nodes":"n","boot":"pray"}""", "boot", "is not one of reboot, kexec")]
    [InlineData("/v1/rights", """{"user":"bob","nodes":"*","until":"tomorrow"}""", "until", "is not a time such as 2030-01-01T00:00:00Z")]
    public async Task Post_WrongKind_SaysWhatIsExpectedInTheContractsWords(string path, string body, string field, string said) =>
        Assert.Equal($"{field} {said}", await RefusedAsync(path, body, 400, field));

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"name":"\ud800","macs":["52:54:00:12:34:56"]}""")]
    public async Task Post_TextThatIsNoUnicode_IsRefused(string body) => await RefusedAsync("/v1/nodes", body, 400, body.Contains("name", StringComparison.Ordinal) ? "name" : null);

    [Fact]
    public async Task Post_HugeSubject_IsCutInTheAuditLog()
    {
        var name = "cut" + new string('x', 100_000);
        await RefusedAsync("/v1/nodes", $$"""{"name":"{{name}}","macs":["52:54:00:12:34:56"]}""", 422, "name");
        var log = await _controller.GetAsync("/v1/audit?action=node.add&subject=cutx&limit=1", ApiJson.Default.AuditList);
        Assert.InRange(Assert.Single(log.Entries).Subject.Length, 1000, 5000);
    }

    [Fact]
    public async Task Get_SetOfAThousandNames_IsAnswered()
    {
        var set = string.Join(',', Enumerable.Range(0, 3000).Select(i => $"n{i * 7}x{i % 13}"));
        using var response = await _controller.Api.GetAsync(new Uri($"/v1/nodes?set={set}&known=true", UriKind.Relative));
        Assert.Equal(200, (int)response.StatusCode);
    }

    private async Task<string?> RefusedAsync(string path, string body, int status, string? field)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _controller.Api.PostAsync(new Uri(path, UriKind.Relative), content);
        var problem = await response.Content.ReadFromJsonAsync(ApiJson.Default.Problem);
        Assert.Equal((status, field), ((int)response.StatusCode, problem!.Field));
        Assert.Empty((await _controller.GetAsync("/v1/nodes", ApiJson.Default.NodeList)).Nodes);
        return problem.Detail;
    }
}
