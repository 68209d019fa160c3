using System.Net;
using System.Net.Http.Json;
using System.Text;
using Kadeploy.Api;
using Kadeploy.Api.Environments;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Controller.Yaml;

namespace Kadeploy.Controller.Tests.Hostile;

/// <summary>Nonsense in every door: refused, never a crash or a 500, never an effect. Seeded; KADEPLOY_FUZZ_CASES asks for more.</summary>
#pragma warning disable CA1031 // Whatever comes out is the finding.
public sealed class HostileInputTests(SharedController shared) : IClassFixture<SharedController>
{
    private const string Description = """
        name: a
        version: 1
        os: linux
        tags: [x]
        image: {file: /i, kind: tar, compression: gzip}
        postinstalls: [{archive: /p, compression: gzip, script: s}]
        boot: {kernel: /k, initrd: /r, kernel_params: q}
        filesystem: ext4
        """;

    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("KADEPLOY_FUZZ_CASES"), out var n) ? n : 3000;
    private static readonly string[] Pieces =
    [
        "&a", "*a", "!!binary x", "? ", ": ", "- ", "---\n", "...\n", "{", "}", "[", "]", "\"", "'", "|\n", ">\n", "\t", "\0", "\u2028", "~", "<<: *a", "0x", "!", "%YAML 9.9\n", "9999999999999999999",
        "\n", "  ", "#", "é", "\ud800", ",",
    ];

    private readonly TestController _controller = shared.Controller;

    [Fact]
    public void Descriptions_Mutated_AreReadOrRefused()
    {
        foreach (var text in Mutants(Description, 1))
            try
            {
                EnvironmentParser.Parse(text);
            }
            catch (YamlMistakeException e)
            {
                Assert.NotEmpty(e.Mistake.Problem);
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType().Name} of: {text}\n{e}");
            }
    }

    [Fact]
    public void Configurations_Mutated_AreReadOrRefused()
    {
        const string Good = """
            address: 127.0.0.1
            users: {administrators: [root], trustedProxy: {header: X-U, addresses: [10.0.0.0/8]}}
            groups: {a: "n[1-3]", b: "@a!n1"}
            webhooks: [{url: "http://x/y"}]
            tls: {enabled: true}
            clusters: {default: {disk: {swap: 1GiB}}}
            """;
        foreach (var text in Mutants(Good, 2))
            try
            {
                ConfigurationFile.Parse("/etc/kadeploy/kadeployd.yaml", text);
            }
            catch (YamlMistakeException e)
            {
                Assert.NotEmpty(e.Mistake.Problem);
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType().Name} of: {text}\n{e}");
            }
    }

    [Theory]
    [InlineData("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ntags: *d\nname: x\nos: linux")]
    [InlineData("name: &n [*n]\nos: linux")]
    [InlineData("&r {name: x, image: *r, os: linux}")]
    [InlineData("? {a: b}\n: c")]
    [InlineData("name: x\nname: y")]
    public async Task Description_Laughing_IsRefusedWith422(string text)
    {
        var (status, problem) = await _controller.RegisterAsync(text);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "bad-environment"), (status, problem!.Reason));
    }

    [Fact]
    public async Task Description_DeepOrHuge_IsRefused()
    {
        foreach (var text in (string[])[new string('[', 100_000), "name: " + new string('x', 300_000), string.Concat(Enumerable.Repeat("a:\n", 50_000))])
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _controller.RegisterAsync(text)).Status);
    }

    [Theory]
    [InlineData("../../etc/shadow")]
    [InlineData("/etc/shadow")]
    [InlineData("/proc/self/environ")]
    [InlineData("server:///etc/shadow")]
    [InlineData("file:///etc/shadow")]
    [InlineData("/\u0000")]
    public async Task ImagePath_OutsideTheAllowedFolders_IsRefused(string path)
    {
        var body = JsonContent.Create(new AddEnvironment("name: x\nos: linux\nimage: {file: /i, kind: dd, compression: none}", path), ApiJson.Default.AddEnvironment);
        var (status, _, problem) = await _controller.SendAsync(HttpMethod.Post, "/v1/environments", body, ApiJson.Default.EnvironmentInfo);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "imagePath"), (status, problem!.Field));
        Assert.DoesNotContain("root:", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authorization_AnyText_LetsNobodyIn()
    {
        using var client = _controller.ClientOf(null);
        var random = new Random(3);
        string[] pieces = ["Bearer ", "Basic ", "kdp_", "admin", ":", "=", "YWRtaW46", "null", "\t", "é", "%00", ",", new string('a', 64), new string('b', 4000)];
        for (var round = 0; round < 300; round++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
            var value = string.Concat(Enumerable.Range(0, random.Next(0, 5)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (!request.Headers.TryAddWithoutValidation("Authorization", value))
                continue;
            HttpResponseMessage response;
            try
            {
                response = await client.SendAsync(request);
            }
            catch (HttpRequestException)
            {
                continue; // what no header may hold, our own client refuses to send
            }
            using (response)
                Assert.True((int)response.StatusCode is 400 or 401 or 431, $"'{value}' was answered with {(int)response.StatusCode}");
        }
    }

    [Fact]
    public async Task Queries_AnyText_AreAnsweredBelow500()
    {
        var random = new Random(4);
        string[] paths = ["/v1/nodes?set=", "/v1/nodes/", "/v1/environments?cursor=", "/v1/environments?limit=", "/v1/environments/a/", "/v1/audit?since=", "/v1/audit?cursor=", "/v1/deployments/", "/v1/rights?user="];
        string[] pieces = ["n[1-", "]", "@*", "!", "&", "^", "99999999999", "..", "/", "\0", "\r\n", "%", "é", "'", "\"", ";--", "${x}", new string('a', 300)];
        for (var round = 0; round < 300; round++)
        {
            var path = paths[random.Next(paths.Length)] + Uri.EscapeDataString(string.Concat(Enumerable.Range(0, random.Next(0, 6)).Select(_ => pieces[random.Next(pieces.Length)])));
            using var response = await _controller.Api.GetAsync(path);
            Assert.True((int)response.StatusCode < 500, $"{path} was answered with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    private static IEnumerable<string> Mutants(string good, int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Cases; round++)
        {
            var text = new StringBuilder(good);
            for (var i = random.Next(1, 6); i > 0 && text.Length > 0; i--)
            {
                var at = random.Next(text.Length);
                switch (random.Next(4))
                {
                    case 0: text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at)); break;
                    case 1: text[at] = (char)random.Next(0, 256); break;
                    default: text.Insert(at, Pieces[random.Next(Pieces.Length)]); break;
                }
            }
            yield return text.ToString();
        }
    }
}
