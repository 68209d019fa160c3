using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Audit;
using Kadeploy.Api.Users;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests;

public sealed class UserCommandTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private FakeController _fake = null!;

    public async Task InitializeAsync() => _fake = await FakeController.StartAsync();

    public async Task DisposeAsync() => await _fake.DisposeAsync();

    [Fact]
    public async Task Whoami_SaysWhoAndHow()
    {
        _fake.On("GET /v1/me", new WhoAmI("root", true, "password"), ApiJson.Default.WhoAmI);
        Assert.Equal("root, administrator (by password)\n", (await CliRun.RunAsync(_fake, ["whoami"])).Out);
    }

    [Fact]
    public async Task TokenCreate_PrintsTheTokenAlone()
    {
        _fake.On("POST /v1/tokens", new TokenCreated("kdp_abc", new TokenInfo("T-1", "bob", "ci", Noon)), ApiJson.Default.TokenCreated, 201);
        var result = await CliRun.RunAsync(_fake, ["token", "create", "-u", "bob", "--note", "ci", "--expires", "2030-01-01T00:00:00Z"]);
        Assert.Equal((0, "kdp_abc\n"), (result.Code, result.Out));
        var sent = JsonSerializer.Deserialize(_fake.Requests.Single().Body, ApiJson.Default.CreateToken)!;
        Assert.Equal(new CreateToken("bob", "ci", new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)), sent);
    }

    [Theory]
    [InlineData("8x")]
    [InlineData("tomorrow")]
    public async Task TokenCreate_NoMoment_IsRefused(string text)
    {
        var result = await CliRun.RunAsync(_fake, ["token", "create", "--expires", text]);
        Assert.Equal(1, result.Code);
        Assert.Contains($"--expires: '{text}' is no moment", result.Error, StringComparison.Ordinal);
        Assert.Empty(_fake.Requests);
    }

    [Fact]
    public async Task RightsAdd_FromNow_SendsTheEnd()
    {
        _fake.On("POST /v1/rights", new RightInfo("R-1", "bob", "node-[1-2]", "3", "root", Noon), ApiJson.Default.RightInfo, 201);
        var before = DateTimeOffset.UtcNow;
        var result = await CliRun.RunAsync(_fake, ["rights", "add", "bob", "-m", "node-[1-2]", "-p", "3", "--until", "2h"]);
        Assert.Equal((0, "bob may work on node-[1-2], partition 3\n"), (result.Code, result.Out));
        var sent = JsonSerializer.Deserialize(_fake.Requests.Single().Body, ApiJson.Default.GrantRight)!;
        Assert.Equal(("bob", "node-[1-2]", "3", null), (sent.User, sent.Nodes, sent.Partition, sent.Overwrite));
        Assert.InRange(sent.Until!.Value, before.AddHours(2), DateTimeOffset.UtcNow.AddHours(2));
    }

    [Fact]
    public async Task RightsRevoke_SaysWhatItEnded()
    {
        _fake.On("POST /v1/rights/revoke", new RightsRevoked(1, ["D-1"]), ApiJson.Default.RightsRevoked);
        var result = await CliRun.RunAsync(_fake, ["rights", "revoke", "bob", "-m", "*"]);
        Assert.Equal((0, "1 right taken from bob; ended on these nodes: D-1\n"), (result.Code, result.Out));
    }

    [Fact]
    public async Task Audit_SeveralPages_IsReadToTheLimit()
    {
        _fake.On("GET /v1/audit?user=bob&action=right&limit=3", new AuditList([Line(9), Line(8)], "8"), ApiJson.Default.AuditList);
        _fake.On("GET /v1/audit?user=bob&action=right&limit=1&cursor=8", new AuditList([Line(7)], "7"), ApiJson.Default.AuditList);
        var result = await CliRun.RunAsync(_fake, ["audit", "-u", "bob", "--action", "right", "--limit", "3"]);
        Assert.Equal((0, 4), (result.Code, result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Contains("bob  10.0.0.1  right.grant  eve node-1  403 administrator-needed  -", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_SeveralWithOperators_AreLinesOfTheirOwn()
    {
        _fake.On("POST /v1/rights/revoke", new RightsRevoked(0, []), ApiJson.Default.RightsRevoked);
        await CliRun.RunAsync(_fake, ["rights", "revoke", "bob", "-m", "a,b", "-m", "c!a"]);
        Assert.Equal("a,b\nc!a", JsonSerializer.Deserialize(_fake.Requests.Single().Body, ApiJson.Default.RevokeRight)!.Nodes);
    }

    private static AuditEntry Line(long seq) => new(seq, Noon, "bob", "right.grant", "eve node-1", "403 administrator-needed", "token", "10.0.0.1");
}
