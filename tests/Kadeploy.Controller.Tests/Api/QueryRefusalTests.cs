using System.Text.Json;
using System.Text.Json.Nodes;
using Kadeploy.Api;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

/// <summary>Every query parameter that the OpenAPI document has of a GET, given wrongly: refused by its name, in the contract's words, never a 500.</summary>
public sealed class QueryRefusalTests(SharedController shared) : IClassFixture<SharedController>
{
    private static readonly string[] Hostile =
        ["", "%00", "%ff%fe", "%27%20OR%201%3D1%20--", "..%2f..%2fetc%2fpasswd", "a%0d%0aX-Evil%3A%20y", "%24%7Bjndi%7D", "%F0%9F%92%A3", "-1", "%2a", "n-%5B0-999999999999%5D", "%5B%5B%5B%5B", "%25s%25n"];

    private readonly TestController _controller = shared.Controller;

    [Fact]
    public async Task Get_ValueThatIsNoSuch_NamesTheParameter()
    {
        var tried = 0;
        foreach (var (path, name, schema) in await ParametersAsync())
            foreach (var wrong in Wrong(schema))
            {
                tried++;
                var (status, problem) = await GetAsync($"{path}?{name}={wrong}");
                Assert.True((status, problem?.Reason, problem?.Field) == (400, "bad-query", name), $"{path}?{name}={wrong[..Math.Min(40, wrong.Length)]}: {status} {problem}");
                Assert.DoesNotContain("parameter \"", problem!.Detail, StringComparison.Ordinal);
            }
        Assert.True(tried > 50, $"only {tried} were tried");
    }

    [Fact]
    public async Task Get_SizeOfAPageThatIsAbsurd_NamesTheParameter()
    {
        foreach (var (path, name, _) in (await ParametersAsync()).Where(p => p.Name == "limit"))
            foreach (var wrong in (int[])[0, -1, 1001, int.MaxValue, int.MinValue])
            {
                var (status, problem) = await GetAsync($"{path}?{name}={wrong}");
                Assert.Equal((422, "bad-field", "limit"), (status, problem?.Reason, problem?.Field));
            }
    }

    [Fact]
    public async Task Get_NameThatIsNotThere_IsNamed()
    {
        var document = await DocumentAsync();
        foreach (var path in Gets(document))
            foreach (var (query, field) in new[] { ("colour=red", "colour"), ("%24where=1", "$where"), ($"{new string('x', 5000)}=1", $"{new string('x', 100)}…") })
            {
                var (status, problem) = await GetAsync($"{Concrete(path)}?{query}");
                Assert.True((status, problem?.Reason, problem?.Field) == (400, "bad-query", field), $"{path}?{query[..Math.Min(40, query.Length)]}: {status} {problem}");
            }
    }

    [Fact]
    public async Task Get_GivenTwice_IsNamed()
    {
        foreach (var (path, name, _) in await ParametersAsync())
        {
            var (status, problem) = await GetAsync($"{path}?{name}=1&{name}=2");
            Assert.Equal((400, "bad-query", name), (status, problem?.Reason, problem?.Field));
        }
    }

    [Fact]
    public async Task Get_HostileText_IsAnsweredOrRefusedInTheContractsWords()
    {
        foreach (var (path, name, _) in await ParametersAsync())
            foreach (var value in Hostile)
            {
                var (status, problem) = await GetAsync($"{path}?{name}={value}");
                Assert.True(status < 500, $"{path}?{name}={value} was answered with {status}");
                Assert.True(status < 400 || problem is not null, $"{path}?{name}={value}: {status} without a problem");
            }
    }

    [Theory]
    [InlineData("/v1/nodes?LIMIT=5&Known=True")]
    [InlineData("/v1/audit?since=2026-01-01T00:00:00%2B02:00")]
    [InlineData("/v1/audit?since=2026-01-01")]
    [InlineData("/v1/statistics?since=2026-01-01T00:00:00Z&format=csv")]
    [InlineData("/v1/environments?version=1", 400)]
    [InlineData("/v1/audit?since=2026-01-01T00:00:00+02:00", 400)] // an unescaped + is a blank (WHATWG URL, 5.1)
    [InlineData("/v1/audit?since=01/02/2030", 400)]
    [InlineData("/v1/nodes?limit=%205", 400)]
    public async Task Get_Query_IsReadAsTheContractSays(string path, int status = 200) => Assert.Equal(status, (await GetAsync(path)).Status);

    private static IEnumerable<string> Wrong(JsonNode schema) => (string?)schema["type"] switch
    {
        "integer" => ["", "x", "1.5", "1e3", "99999999999999999999", "0x10", "%00", "1%202", "%D9%A1"],
        "boolean" => ["", "1", "yes", "%00x"],
        "string" when (string?)schema["format"] == "date-time" => ["", "x", "tomorrow", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00%2B14:00", "2026-01-01T00:00:00Z%22", new string('1', 5000)],
        _ => (int)schema["maxLength"]! > 2000 ? [] : [new string('x', 1025), string.Concat(Enumerable.Repeat("%00", 1025))],
    };

    private async Task<List<(string Path, string Name, JsonNode Schema)>> ParametersAsync()
    {
        var document = await DocumentAsync();
        var all = Gets(document).SelectMany(path => document["paths"]![path]!["get"]!["parameters"]!.AsArray()
            .Where(p => (string?)p!["in"] == "query").Select(p => (Concrete(path), (string)p!["name"]!, p["schema"]!))).ToList();
        Assert.True(all.Count > 20);
        return all;
    }

    private static List<string> Gets(JsonNode document) => [.. document["paths"]!.AsObject().Where(p => p.Value!["get"] is not null).Select(p => p.Key)];

    private static string Concrete(string path) => path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);

    private async Task<JsonNode> DocumentAsync() => JsonNode.Parse(await _controller.Api.GetStringAsync("/v1/openapi.json"))!;

    private async Task<(int Status, Problem? Problem)> GetAsync(string path)
    {
        using var response = await _controller.Api.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType == Problem.MediaType
            ? JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.Problem)
            : null);
    }
}
