using System.Text.Json.Nodes;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests;

/// <summary>kadeploy config check, with a kadeployd in PATH that says what the test wants.</summary>
public sealed class ConfigCheckTests : IDisposable
{
    private readonly ScratchFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(0, "all is good", "", "all is good\n", "")]
    [InlineData(0, "all is good", "kadeployd: warning: x", "all is good\n", "kadeployd: warning: x\n")]
    [InlineData(1, "", "kadeployd: /e/kadeployd.yaml:2: autoEnrol: true or false is expected", "", "kadeploy: /e/kadeployd.yaml:2: autoEnrol: true or false is expected [configuration-wrong]\n")]
    public async Task Check_Plainly_SaysWhatTheControllerSays(int code, string good, string bad, string printed, string told)
    {
        var result = await RunAsync(code, good, bad);
        Assert.Equal((code == 0 ? 0 : 1, printed, told), (result.Code, result.Out, result.Error));
    }

    [Fact]
    public async Task Check_Json_IsADocumentOrAProblem()
    {
        var good = await RunAsync(0, "all is good", "", "--json");
        Assert.Equal((0, true, "all is good"), (good.Code, (bool)JsonNode.Parse(good.Out)!["good"]!, (string?)JsonNode.Parse(good.Out)!["detail"]));
        var bad = await RunAsync(1, "", "kadeployd: x.yaml:2: wrong", "--json");
        Assert.Equal((1, "", "urn:kadeploy:configuration-wrong", "x.yaml:2: wrong"), (bad.Code, bad.Out, (string?)JsonNode.Parse(bad.Error)!["type"], (string?)JsonNode.Parse(bad.Error)!["detail"]));
    }

    [Fact]
    public async Task Check_WhereThereIsNoController_SaysWhereToRunIt()
    {
        var result = await CliRun.RunAsync(null, ["config", "check"], path: "/nonexistent");
        Assert.Equal((1, ""), (result.Code, result.Out));
        Assert.Contains("there is no kadeployd on this machine", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommandLine_ThatIsWrong_IsAProblemWithJson()
    {
        var result = await CliRun.RunAsync(null, ["node", "lost", "--json"]);
        Assert.Equal((1, ""), (result.Code, result.Out));
        Assert.Equal("urn:kadeploy:usage", (string?)JsonNode.Parse(result.Error)!["type"]);
    }

    private Task<CliRun.Result> RunAsync(int code, string good, string bad, params string[] more)
    {
        var fake = _files.Write("kadeployd", $"#!/bin/sh\n[ \"$1 $3\" = '--config check' ] || exit 9\nprintf '%s' '{good}'; printf '%s' '{bad}' >&2\nexit {code}\n");
        File.SetUnixFileMode(fake, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return CliRun.RunAsync(null, ["config", "check", "--config", "/e", .. more], path: $"{Path.GetDirectoryName(fake)}:/usr/bin:/bin");
    }
}
