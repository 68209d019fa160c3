using System.Text.Json.Nodes;
using Kadeploy.Api;
using Kadeploy.Api.Users;
using Kadeploy.Cli.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Kadeploy.Cli.Tests;

/// <summary>Kadeploy3's short options: -a, -u, -b, -s, -V.</summary>
public sealed class HabitTests : IAsyncLifetime, IDisposable
{
    private const string Registered = """
        {"id":"E-1","name":"anonymous-0","version":1,"owner":"bob","description":"","visibility":"private","os":"linux","image":{"file":"/i","kind":"tar","compression":"zstd","bytes":4,"sha256":"ab"},"filesystem":"ext4","postinstalls":[],"createdAt":"2026-11-21T10:00:00Z","warnings":[],"tags":[]}
        """;

    private readonly ScratchFiles _files = new();
    private FakeController _fake = null!;

    public async Task InitializeAsync()
    {
        _fake = await FakeController.StartAsync();
        new CannedDeployment("node-1").Deployed("node-1", 5).End(6).ServeOn(_fake);
        _fake.On("POST /v1/environments", 201, Registered);
    }

    public async Task DisposeAsync() => await _fake.DisposeAsync();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Deploy_UserAndBlockDevice_MeanOwnerAndDisk()
    {
        var result = await RunAsync("-e", "debian12:2", "-u", "ann", "-b", "/dev/sdb", "-p", "3", "--no-wait");

        Assert.Equal((0, "D-1\n"), (result.Code, result.Out));
        Assert.Equal(("ann/debian12:2", "/dev/sdb"), ((string?)Started["environment"], (string?)Started["disk"]!["path"]));
    }

    [Fact]
    public async Task Deploy_UserBesideAnotherOwner_IsRefused() =>
        await RefusedAsync("kadeploy: -u ann: 'bob/debian12' names another owner\n", "-e", "bob/debian12", "-u", "ann");

    [Fact]
    public async Task Deploy_Description_IsRegisteredUnderItsOwnNameThenDeployed()
    {
        var file = _files.Write("e.yaml", "# mine\nname: debian12\nversion: 7\nvisibility: public\nimage: {file: /i, kind: tar, compression: zstd}\npartition_type: 0x83\n");

        var result = await RunAsync("-a", file, "--no-wait");

        Assert.Equal((0, "D-1\n"), (result.Code, result.Out));
        var text = Sent("POST /v1/environments")["description"]!.GetValue<string>();
        Assert.Matches("name: anonymous-[0-9a-f]{12}\n", text);
        Assert.Contains("version: 1\n", text, StringComparison.Ordinal);
        Assert.Contains("visibility: private\n", text, StringComparison.Ordinal);
        Assert.Contains("partition_type: 0x83\n", text, StringComparison.Ordinal);
        Assert.Equal("bob/anonymous-0:1", (string?)Started["environment"]);
    }

    [Fact]
    public async Task Deploy_DescriptionOnceMore_TakesThePlaceOfTheFormer()
    {
        var file = _files.Write("e.yaml", "name: debian12\n");
        var asked = 0;
        var deleted = "";
        _fake.On("POST /v1/environments", async http =>
        {
            var first = ++asked == 1;
            http.Response.StatusCode = first ? 409 : 201;
            await http.Response.WriteAsync(first ? """{"type":"urn:kadeploy:environment-exists","title":"","status":409}""" : Registered);
        });
        _fake.On("GET /v1/me", new WhoAmI("bob", false, "token"), ApiJson.Default.WhoAmI);
        _fake.Otherwise = http =>
        {
            deleted = $"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}";
            http.Response.StatusCode = 204;
            return Task.CompletedTask;
        };

        Assert.Equal(0, (await RunAsync("-a", file, "--no-wait")).Code);

        Assert.Matches("^DELETE /v1/environments/bob/anonymous-[0-9a-f]{12}\\?version=1$", deleted);
        Assert.Equal("bob/anonymous-0:1", (string?)Started["environment"]);
    }

    [Theory]
    [InlineData("say which environment: -e NAME, or -a FILE")]
    [InlineData("say which environment: -e NAME, or -a FILE", "-e", "x", "-a", "FILE")]
    [InlineData("--plan changes nothing, and -a registers", "-a", "FILE", "--plan")]
    public async Task Deploy_EnvironmentNotClear_IsRefused(string said, params string[] options)
    {
        var file = _files.Write("e.yaml", "name: x\n");
        var result = await RunAsync([.. options.Select(o => o == "FILE" ? file : o)]);
        Assert.Equal(1, result.Code);
        Assert.Contains(said, result.Error);
        Assert.Empty(_fake.Requests);
    }

    [Fact]
    public async Task Deploy_DescriptionThatIsNone_NamesFileAndLine()
    {
        var file = _files.Write("e.yaml", "name: x\nimage: {file\n");
        var result = await RunAsync("-a", file);
        Assert.Equal(1, result.Code);
        Assert.Contains($"kadeploy: -a {file}, line ", result.Error);
        Assert.Empty(_fake.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deploy_EndScript_RunsOnceAtTheEndAndItsExitCodeIsIgnored(bool json)
    {
        var script = Script("echo ran\nexit 7\n");

        var result = await RunAsync(["-e", "debian12", "-s", script, .. json ? (string[])["--json"] : []]);

        Assert.Equal(0, result.Code);
        if (json)
            Assert.Equal(("D-1", "ran\n"), ((string?)JsonNode.Parse(result.Out)!["id"], result.Error));
        else
            Assert.EndsWith("none stuck\nran\n", result.Out);
    }

    [Fact]
    public async Task Deploy_EndScriptAndRefused_DoesNotRun()
    {
        _fake.Refuse("POST /v1/deployments", new Problem("urn:kadeploy:no-right", "No right", 403, "no"));
        Assert.DoesNotContain("ran", (await RunAsync("-e", "debian12", "-s", Script("echo ran\n"))).Out);
    }

    [Theory]
    [InlineData("-s /nonexistent/x: there is no such file", "-s", "/nonexistent/x")]
    [InlineData("-s /etc/passwd: is not executable", "-s", "/etc/passwd")]
    [InlineData("-s cannot be run with --no-wait", "-s", "/bin/true", "--no-wait")]
    [InlineData("-V: a level from 1 to 5", "-V", "6")]
    public async Task Deploy_WrongOption_IsRefusedBeforeAnythingIsAsked(string said, params string[] options)
    {
        var result = await RunAsync(["-e", "debian12", .. options]);
        Assert.Equal(1, result.Code);
        Assert.Contains(said, result.Error);
        Assert.Empty(_fake.Requests);
    }

    [Fact]
    public async Task Deploy_VerboseLevelOne_PrintsTheResultOnly()
    {
        new CannedDeployment("node-1").Step("node-1", 1, "SetDeploymentEnv", "reboot").Deployed("node-1", 5).End(6).ServeOn(_fake);
        var quiet = await RunAsync("-e", "debian12", "-V", "1");
        Assert.Equal(0, quiet.Code);
        Assert.StartsWith("deployment D-1: debian12 on node-1\n\nNODE ", quiet.Out);
        Assert.EndsWith("none stuck\n", quiet.Out);
    }

    [Fact]
    public async Task Several_EndScript_RunsOnce()
    {
        await using var other = await FakeController.StartAsync();
        new CannedDeployment("node-2").Deployed("node-2", 5).End(6).ServeOn(other);
        _files.Write(".config/kadeploy/client.yaml", $"servers:\n  east: {{server: \"{_fake.Address}\"}}\n  west: {{server: \"{other.Address}\"}}\n");
        foreach (var (fake, own, strange) in new[] { (_fake, "node-1", "node-2"), (other, "node-2", "node-1") })
        {
            fake.On("GET /v1/info", 200, """{"name":"kadeployd","version":"1.0.0","uptimeSeconds":60}""");
            fake.On(
                "GET /v1/nodes?set=node-%5B1-2%5D&known=true", 200,
                $$"""{"nodes":[{"name":"{{own}}","state":"idle","macs":["52:54:00:12:34:56"],"cluster":"default","accepted":true}],"unknown":["{{strange}}"]}""");
        }

        var result = await CliRun.RunAsync(
            null, ["-M", "deploy", "-e", "debian12", "-m", "node-[1-2]", "-s", Script("echo ran\n")], home: _files.Folder);

        Assert.Equal(0, result.Code);
        Assert.Equal("ran", result.Out.TrimEnd('\n').Split('\n')[^1]);
        Assert.Equal(2, result.Out.Split("ran\n").Length);
    }

    private JsonNode Started => Sent("POST /v1/deployments");

    private JsonNode Sent(string line) => JsonNode.Parse(_fake.Requests.Last(r => r.Line == line).Body)!;

    private async Task RefusedAsync(string error, params string[] options)
    {
        var result = await RunAsync(options);
        Assert.Equal((1, error), (result.Code, result.Error));
        Assert.Empty(_fake.Requests);
    }

    private Task<CliRun.Result> RunAsync(params string[] options) => CliRun.RunAsync(_fake, ["deploy", "-m", "node-1", .. options]);

    private string Script(string body)
    {
        var file = _files.Write("end.sh", "#!/bin/sh\n" + body);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }
}
