using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kadeploy.Cli.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Kadeploy.Cli.Tests;

/// <summary>docs/commands: every line that begins with $ is run as it stands, in a shell, with the real kadeploy behind it.</summary>
public sealed partial class CommandPagesTests : IAsyncLifetime, IDisposable
{
    private const string Node = """{"name":"node-1","state":"idle","macs":["52:54:00:12:34:56"],"cluster":"default","accepted":true}""";
    private const string Environment = """
        {"id":"E-1","name":"debian12","version":2,"owner":"bob","description":"","visibility":"private","os":"linux","image":{"file":"/i","kind":"tar","compression":"zstd","bytes":4,"sha256":"ab"},"filesystem":"ext4","postinstalls":[],"createdAt":"2026-11-21T10:00:00Z","warnings":[],"tags":[]}
        """;

    private const string Token = """{"id":"T-1","user":"bob","note":"","createdAt":"2026-11-21T10:00:00Z"}""";
    private const string Right = """{"id":"R-1","user":"bob","nodes":"node-[1-3]","partition":"3","grantedBy":"root","grantedAt":"2026-11-21T10:00:00Z"}""";

    private const string Plan = """{"kind":"deployment","nodes":[],"plans":[],"busy":[]}""";
    private const string Deployment = """
        {"id":"D-1","user":"bob","environment":"debian12:2","nodes":"node-1","createdAt":"2026-11-21T10:00:00Z","state":"done","summary":{"total":1,"deployed":1,"failed":0,"running":0,"stopped":0},"nodeStates":[{"node":"node-1","verdict":"deployed"}],"endedAt":"2026-11-21T10:03:00Z","kind":"deployment","action":"deploy"}
        """;
    private const string Result = """{"node":"node-1","seconds":0.1,"by":"ssh","exitCode":0,"output":"6.1.0\n","error":""}""";
    private const string Broadcast = """
        {"id":"B-1","user":"bob","file":"image.tar.zst","bytes":4,"sha256":"ab","path":"/srv/image.tar.zst","unpack":false,"nodes":"node-1","createdAt":"2026-11-21T10:00:00Z","state":"done","summary":{"total":1,"done":1,"failed":0,"running":0},"nodeStates":[],"endedAt":"2026-11-21T10:00:09Z"}
        """;

    // What a controller answers, by method and the beginning of the path: the first that fits.
    private static readonly (string Line, int Status, string Json)[] Answers =
    [
        ("GET /v1/info", 200, """{"name":"kadeployd","version":"1.0.0","uptimeSeconds":60}"""),
        ("GET /v1/me", 200, """{"user":"root","administrator":true,"by":"token"}"""),
        ("POST /v1/tokens", 201, $$"""{"token":"kdp_x","info":{{Token}}}"""),
        ("GET /v1/tokens", 200, $$"""{"tokens":[{{Token}}]}"""),
        ("POST /v1/rights/revoke", 200, """{"rights":1,"ended":[]}"""),
        ("POST /v1/rights", 201, Right),
        ("GET /v1/rights", 200, $$"""{"rights":[{{Right}}]}"""),
        ("GET /v1/audit", 200, """{"entries":[{"seq":1,"at":"2026-11-21T10:00:00Z","user":"bob","action":"right.grant","subject":"x","result":"201"}]}"""),
        ("GET /v1/environments/bob/debian12/description", 200, "---\nname: debian12\n"),
        ("GET /v1/environments", 200, $$"""{"environments":[{{Environment}}]}"""),
        ("PATCH /v1/environments", 200, Environment),
        ("POST /v1/environments", 201, Environment),
        ("POST /v1/image-uploads", 201, """{"id":"U-1","name":"image.tar.zst","bytes":4,"sha256":"","offset":4}"""),
        ("GET /v1/cache", 200, """{"limitBytes":10,"bytes":1,"files":[{"url":"https://example.org/a","bytes":1,"sha256":"ab","priority":1,"usedAt":"2026-11-21T10:00:00Z","inUse":0}]}"""),
        ("POST /v1/cache/purge", 200, """{"files":1,"bytes":1}"""),
        ("GET /v1/statistics?format=json", 200, """{"rows":[]}"""),
        ("GET /v1/statistics/steps?format=json", 200, """{"rows":[]}"""),
        ("GET /v1/statistics/failures?format=json", 200, """{"rows":[]}"""),
        ("GET /v1/statistics", 200, "node,operations\r\nnode-1,3\r\n"),
        ("POST /v1/deployments/D-1/retry/plan", 200, Plan),
        ("POST /v1/deployments/D-1/retry", 202, """{"id":"D-2"}"""),
        ("POST /v1/deployments/plan", 200, Plan),
        ("POST /v1/deployments/D-1/cancel", 202, ""),
        ("POST /v1/deployments", 202, """{"id":"D-1"}"""),
        ("GET /v1/deployments/D-1", 200, Deployment),
        ("GET /v1/deployments", 200, """{"deployments":[]}"""),
        ("POST /v1/reboots/plan", 200, Plan),
        ("POST /v1/reboots", 202, """{"id":"R-1"}"""),
        ("POST /v1/power", 202, """{"id":"P-1"}"""),
        ("POST /v1/exec", 200, Result),
        ("POST /v1/copies", 200, Result),
        ("POST /v1/uploads", 201, """{"id":"U-1","bytes":4,"sha256":"ab"}"""),
        ("POST /v1/broadcasts/B-1/cancel", 202, ""),
        ("POST /v1/broadcasts", 202, """{"id":"B-1"}"""),
        ("GET /v1/broadcasts/B-1", 200, Broadcast),
        ("GET /v1/broadcasts", 200, $$"""{"broadcasts":[{{Broadcast}}]}"""),
        ("GET /v1/nodes/", 200, Node),
        ("GET /v1/nodes", 200, $$"""{"nodes":[{{Node}}]}"""),
        ("POST /v1/nodes/52-54-00-12-34-56/accept", 200, Node),
        ("POST /v1/nodes", 201, Node),
        ("PATCH /v1/nodes/", 200, Node),
        ("DELETE /v1/", 204, ""),
    ];

    private readonly ScratchFiles _files = new();
    private FakeController _fake = null!;

    public static TheoryData<string> Pages => [.. Directory.EnumerateFiles(Folder(), "*.md").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    public async Task InitializeAsync()
    {
        _fake = await FakeController.StartAsync();
        _fake.Otherwise = async http =>
        {
            var asked = $"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}";
            var answer = Answers.FirstOrDefault(a => asked.StartsWith(a.Line, StringComparison.Ordinal));
            http.Response.StatusCode = answer.Line is null ? 404 : answer.Status;
            if (answer.Json is { Length: > 0 } json)
                await http.Response.WriteAsync(json);
        };
        _files.Write("debian12.yaml", "name: debian12\n");
        _files.Write("debian12.yaml.sig", "-----BEGIN SSH SIGNATURE-----\nfake\n-----END SSH SIGNATURE-----\n");
        _files.Write("image.tar.zst", "fake");
        _files.Write("nodes.txt", "node-1 # the first\nnode-[2-3]\n");
        // kadeployd is not built beside this test: one that finds everything good.
        File.SetUnixFileMode(_files.Write("kadeployd", "#!/bin/sh\nexit 0\n"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public async Task DisposeAsync() => await _fake.DisposeAsync();

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_EveryExample_Runs(string page)
    {
        var lines = Example().Matches(await File.ReadAllTextAsync(Path.Combine(Folder(), page + ".md"))).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(lines);
        foreach (var line in lines)
        {
            Assert.StartsWith("kadeploy " + page, line, StringComparison.Ordinal);
            var (code, output) = await RunAsync(line);
            Assert.True(code == 0, $"'{line}' of {page}.md ended with {code}: {output}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_EveryExampleWithJson_PrintsOneDocument(string page)
    {
        // A script for a shell and a terminal's own talk are no documents.
        if (page is "completion" or "console")
            return;
        foreach (var line in Example().Matches(await File.ReadAllTextAsync(Path.Combine(Folder(), page + ".md"))).Select(m => m.Groups[1].Value))
        {
            var (code, output) = await RunAsync(line.Replace("kadeploy ", "kadeploy --json ", StringComparison.Ordinal) + " 2>/dev/null");
            Assert.True(code == 0, $"'{line}' with --json ended with {code}: {output}");
            try
            {
                Assert.NotNull(JsonNode.Parse(output));
            }
            catch (JsonException e)
            {
                Assert.Fail($"'{line}' with --json printed no JSON ({e.Message}): {output}");
            }
        }
    }

    [Theory]
    [InlineData("info")]
    [InlineData("whoami")]
    [InlineData("token")]
    [InlineData("rights")]
    [InlineData("audit")]
    [InlineData("cache")]
    [InlineData("env")]
    [InlineData("node")]
    [InlineData("completion")]
    [InlineData("exec")]
    [InlineData("console")]
    [InlineData("config")]
    [InlineData("deploy")]
    [InlineData("deployment")]
    [InlineData("reboot")]
    [InlineData("power")]
    [InlineData("stats")]
    [InlineData("retry")]
    [InlineData("copy")]
    [InlineData("broadcast")]
    public void Command_HasAPage(string command) => Assert.True(File.Exists(Path.Combine(Folder(), command + ".md")));

    private async Task<(int Code, string Output)> RunAsync(string line)
    {
        var start = new ProcessStartInfo("sh", ["-c", line]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _files.Folder };
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{_files.Folder}:{start.Environment["PATH"]}";
        start.Environment["HOME"] = "/nonexistent";
        start.Environment["KADEPLOY_SERVER"] = _fake.Address;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = new StringBuilder(await process.StandardOutput.ReadToEndAsync()).Append(await error);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return (process.ExitCode, output.ToString());
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Kadeploy.Agent.sln")))
                return Path.Combine(folder.FullName, "docs", "commands");
        throw new InvalidOperationException("the tests run inside the repository");
    }

    [GeneratedRegex(@"^\$ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Example();
}
