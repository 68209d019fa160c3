using System.Text;
using System.Text.Json.Nodes;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.OpenApi;

/// <summary>The document against the API it speaks of: nothing is left out, its examples are good, and what is served looks as it says.</summary>
public sealed class ContractTests(SharedController shared) : IClassFixture<SharedController>
{
    private readonly TestController _controller = shared.Controller;

    [Fact]
    public async Task Document_IsOpenApi31_AndEveryOperationIsDescribed()
    {
        var document = await DocumentAsync();
        Assert.Equal("3.1.0", document["openapi"]!.GetValue<string>());
        var operations = Operations(document).ToList();
        Assert.True(operations.Count > 20);
        foreach (var (path, method, operation) in operations)
        {
            Assert.StartsWith("/v1/", path, StringComparison.Ordinal);
            Assert.False(string.IsNullOrEmpty(operation["summary"]!.GetValue<string>()), $"{method} {path} is not described");
            var hasBody = method is "post" or "patch" && !path.EndsWith("/cancel", StringComparison.Ordinal) && path is not ("/v1/nodes/{name}/token" or "/v1/uploads");
            if (hasBody)
                Assert.True(operation["requestBody"]?["content"]?["application/json"]?["example"] is not null || operation["requestBody"]?["content"]?["application/octet-stream"] is not null, $"{method} {path} has no example");
        }
        Assert.Equal(operations.Count, operations.Select(o => o.Operation["operationId"]!.GetValue<string>()).Distinct().Count());
    }

    [Fact]
    public async Task Document_EveryReferenceLeadsSomewhere_AndExamplesFit()
    {
        var document = await DocumentAsync();
        var check = new SchemaCheck(document);
        foreach (var reference in References(document))
        {
            JsonNode? at = document;
            foreach (var name in reference.TrimStart('#', '/').Split('/'))
                at = at?[name];
            Assert.True(at is not null, $"{reference} leads nowhere");
        }
        foreach (var (path, method, operation) in Operations(document))
            if (operation["requestBody"]?["content"]?["application/json"] is { } content)
                Assert.True(!check.Problems(content["example"], content["schema"]!).Any(), $"{method} {path}: {string.Join("; ", check.Problems(content["example"], content["schema"]!))}");
    }

    [Fact]
    public async Task Document_HasEveryFieldOfAnExample_WrongOnesDoNotFit()
    {
        var document = await DocumentAsync();
        var check = new SchemaCheck(document);
        var schema = document["components"]!["schemas"]!["StartDeployment"]!;
        Assert.Empty(check.Problems(JsonNode.Parse("""{"environment":"a","nodes":"b","boot":"kexec"}"""), schema));
        foreach (var wrong in (string[])["""{"environment":"a"}""", """{"environment":1,"nodes":"b"}""", """{"environment":"a","nodes":"b","boot":"pray"}""", """{"environment":"a","nodes":"b","speed":1}""", "[]"])
            Assert.NotEmpty(check.Problems(JsonNode.Parse(wrong), schema));
    }

    [Theory]
    [InlineData("/v1/info")]
    [InlineData("/v1/me")]
    [InlineData("/v1/nodes")]
    [InlineData("/v1/environments")]
    [InlineData("/v1/deployments")]
    [InlineData("/v1/tokens")]
    [InlineData("/v1/rights")]
    [InlineData("/v1/audit")]
    public async Task Get_List_LooksAsTheDocumentSays(string path) => await FitsAsync(path, path, 200);

    [Theory]
    [InlineData("/v1/nodes/{name}", "/v1/nodes/none")]
    [InlineData("/v1/deployments/{id}", "/v1/deployments/none")]
    [InlineData("/v1/environments", "/v1/environments?limit=0")]
    [InlineData("/v1/environments", "/v1/environments?limit=x")]
    public async Task Get_Refused_LooksAsTheDocumentSays(string template, string path) => await FitsAsync(template, path, null);

    [Fact]
    public async Task WholeStory_OfNodesEnvironmentsAndDeployments_LooksAsTheDocumentSays()
    {
        await using var controller = await TestController.StartAsync();
        await controller.AddEnvironmentAsync();
        await controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        await controller.CreateTokenAsync("bob");
        var (_, id, _) = await controller.DeployAsync(new Kadeploy.Api.Deployments.StartDeployment("tiny", "node-1"));
        await controller.SendAsync(HttpMethod.Post, $"/v1/deployments/{id}/cancel", null, Kadeploy.Api.ApiJson.Default.Problem);
        await controller.EndOfAsync(id!);
        foreach (var (template, path) in new[]
        {
            ("/v1/nodes", "/v1/nodes"), ("/v1/nodes/{name}", "/v1/nodes/node-1"), ("/v1/environments", "/v1/environments"),
            ("/v1/environments/{owner}/{name}", "/v1/environments/admin/tiny"), ("/v1/deployments", "/v1/deployments"),
            ("/v1/deployments/{id}", $"/v1/deployments/{id}"), ("/v1/tokens", "/v1/tokens"), ("/v1/audit", "/v1/audit"),
        })
            await FitsAsync(template, path, 200, controller);
    }

    [Fact]
    public async Task Requests_BuiltFromTheDocument_AreNeverAnsweredWith500()
    {
        // The second client: it knows nothing but the document. Every operation with its example, and with nonsense in place of every field.
        await using var controller = await TestController.StartAsync();
        var document = await DocumentAsync();
        string[] nonsense = ["null", "true", "-1", "1e99", "\"\"", "\"\\u0000\"", "\"../../../etc/passwd\"", "\"a\\r\\nX: y\"", "[]", "{}", $"\"{new string('x', 5000)}\""];
        foreach (var (path, method, operation) in Operations(document).Where(o => !o.Path.EndsWith("/events", StringComparison.Ordinal)))
        {
            var example = operation["requestBody"]?["content"]?["application/json"]?["example"];
            foreach (var body in Bodies(example, nonsense))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal));
                if (body is not null)
                    request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                using var response = await controller.Api.SendAsync(request);
                Assert.True((int)response.StatusCode < 500, $"{method} {path} {body} was answered with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
            }
        }
        Assert.Empty(controller.Power.Commands);
    }

    private static List<string?> Bodies(JsonNode? example, string[] nonsense)
    {
        if (example is not JsonObject)
            return [null];
        var bodies = new List<string?> { example.ToJsonString(), "", "{", "[]", "null" };
        foreach (var name in example.AsObject().Select(p => p.Key))
            foreach (var wrong in nonsense)
            {
                var body = (JsonObject)example.DeepClone();
                body[name] = JsonNode.Parse(wrong);
                bodies.Add(body.ToJsonString());
            }
        return bodies;
    }

    private async Task FitsAsync(string template, string path, int? status, TestController? controller = null)
    {
        var document = await DocumentAsync();
        using var response = await (controller ?? _controller).Api.GetAsync(path);
        var responses = document["paths"]![template]!["get"]!["responses"]!;
        var key = status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "default";
        if (status is not null)
            Assert.Equal(status, (int)response.StatusCode);
        var said = key == "default" ? document["components"]!["responses"]!["Problem"]! : responses[key]!;
        var schema = said["content"]![response.Content.Headers.ContentType!.MediaType!]!["schema"]!;
        var problems = new SchemaCheck(document).Problems(JsonNode.Parse(await response.Content.ReadAsStringAsync()), schema).ToList();
        Assert.True(problems.Count == 0, $"{path}: {string.Join("; ", problems)}");
    }

    private async Task<JsonObject> DocumentAsync() => JsonNode.Parse(await _controller.Api.GetStringAsync("/v1/openapi.json"))!.AsObject();

    private static IEnumerable<(string Path, string Method, JsonObject Operation)> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key, operation.Value!.AsObject());

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Key == "$ref" ? [p.Value!.GetValue<string>()] : References(p.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };
}
