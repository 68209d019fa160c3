using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Environments;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Environments;

/// <summary>Kadeploy3's observed cases of who sees, uses and changes which environment, without its leaks.</summary>
public sealed class VisibilityTests : IAsyncLifetime
{
    private TestController _controller = null!;
    private HttpClient _alice = null!;
    private HttpClient _bob = null!;

    public async Task InitializeAsync()
    {
        _controller = await TestController.StartAsync();
        _controller.Folder.Write("images/tiny.img", "image");
        _alice = _controller.ClientOf((await _controller.CreateTokenAsync("alice")).Token);
        _bob = _controller.ClientOf((await _controller.CreateTokenAsync("bob")).Token);
        await RegisterAsync(_controller.Api, "debian", 1, "public");
        await RegisterAsync(_controller.Api, "debian", 2, "public", "tags: [stable, web]");
        await RegisterAsync(_bob, "debian", 1, "private");
        await RegisterAsync(_alice, "ashared", 1, "shared");
        await RegisterAsync(_alice, "apriv", 1, "private");
    }

    public async Task DisposeAsync()
    {
        _alice.Dispose();
        _bob.Dispose();
        await _controller.DisposeAsync();
    }

    [Fact]
    public async Task List_OwnAndPublic_OthersSharedOnlyWhenTheOwnerIsNamed()
    {
        Assert.Equal(["admin/debian:2", "admin/debian:1", "bob/debian:1"], await ListAsync(_bob, ""));
        Assert.Equal(["admin/debian:2", "bob/debian:1"], await ListAsync(_bob, "?latest=true"));
        Assert.Equal(["alice/ashared:1"], await ListAsync(_bob, "?owner=alice"));
        Assert.Equal(["alice/apriv:1", "alice/ashared:1"], await ListAsync(_alice, "?owner=alice"));
        Assert.Equal(5, (await ListAsync(_controller.Api, "")).Length);
        Assert.Equal(["admin/debian:2"], await ListAsync(_bob, "?tag=WEB"));
        Assert.Equal(["admin/debian:2"], await ListAsync(_bob, "?search=STAB"));
        Assert.Empty(await ListAsync(_bob, "?search=%25"));
    }

    [Theory]
    [InlineData("bob", "debian", 404, "unknown-node")] // the own one is meant, and found: it is the node that is not there
    [InlineData("alice", "debian:1", 404, "unknown-node")] // the public one
    [InlineData("bob", "admin/debian:2", 404, "unknown-node")]
    [InlineData("bob", "debian:2", 404, "unknown-node")] // he has no version 2, the public one has
    [InlineData("bob", "alice/ashared", 404, "unknown-node")]
    [InlineData("bob", "ashared", 404, "unknown-environment")] // shared ones are named with their owner
    [InlineData("bob", "alice/apriv", 404, "unknown-environment")]
    [InlineData("admin", "alice/apriv", 404, "unknown-node")]
    public async Task Deploy_Name_MeansWhatTheOneRuleSays(string user, string environment, int status, string reason)
    {
        var client = user switch { "bob" => _bob, "alice" => _alice, _ => _controller.Api };
        using var response = await client.PostAsync("/v1/deployments", JsonContent.Create(new StartDeployment(environment, "node-9"), ApiJson.Default.StartDeployment));
        Assert.Equal((status, reason), ((int)response.StatusCode, (await ProblemAsync(response)).Reason));
    }

    [Fact]
    public async Task Change_ByTheOwnerOrAnAdministrator_OthersAreRefused()
    {
        Assert.Equal("not-yours", await RefusedAsync(_bob, "admin/debian", new ChangeEnvironment("private")));
        Assert.Equal("unknown-environment", await RefusedAsync(_bob, "alice/apriv", new ChangeEnvironment("shared")));
        Assert.Equal("administrator-needed", await RefusedAsync(_bob, "bob/debian", new ChangeEnvironment("public")));
        Assert.Equal("bad-field", await RefusedAsync(_bob, "bob/debian", new ChangeEnvironment("all")));
        Assert.Equal("bad-field", await RefusedAsync(_bob, "bob/debian", new ChangeEnvironment(Tags: ["a b"])));

        using var good = await _bob.PatchAsync(
            "/v1/environments/bob/debian", JsonContent.Create(new ChangeEnvironment("shared", "new words", ["Mine"], true), ApiJson.Default.ChangeEnvironment));

        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        var now = await _controller.GetAsync("/v1/environments/bob/debian", ApiJson.Default.EnvironmentInfo);
        Assert.Equal(("shared", "new words", "mine", true), (now.Visibility, now.Description, Assert.Single(now.Tags), now.Destructive));
        Assert.Equal("public", (await _controller.GetAsync("/v1/environments/admin/debian", ApiJson.Default.EnvironmentInfo)).Visibility);
    }

    [Fact]
    public async Task Delete_OfAnother_IsRefused()
    {
        Assert.Equal("not-yours", (await ProblemAsync(await _bob.DeleteAsync("/v1/environments/admin/debian"))).Reason);
        Assert.Equal(HttpStatusCode.NoContent, (await _bob.DeleteAsync("/v1/environments/bob/debian")).StatusCode);
        Assert.Equal(4, (await ListAsync(_controller.Api, "")).Length);
    }

    [Fact]
    public async Task Register_PublicOrForOthers_NeedsAnAdministrator()
    {
        Assert.Equal("administrator-needed", (await ProblemAsync(await TryRegisterAsync(_bob, "x", 1, "public"))).Reason);
        Assert.Equal("administrator-needed", (await ProblemAsync(await TryRegisterAsync(_bob, "x", 1, "private", owner: "alice"))).Reason);
        Assert.Equal(HttpStatusCode.Created, (await TryRegisterAsync(_controller.Api, "x", 1, "private", owner: "alice")).StatusCode);
        Assert.Contains("alice/x:1", await ListAsync(_alice, ""));
    }

    [Fact]
    public async Task Export_ThenRegister_GivesTheSameAgain()
    {
        var text = await _controller.Api.GetStringAsync("/v1/environments/admin/debian/description?version=2");
        await _controller.Api.DeleteAsync("/v1/environments/admin/debian?version=2");
        using var again = await _controller.Api.PostAsync("/v1/environments", JsonContent.Create(new AddEnvironment(text), ApiJson.Default.AddEnvironment));
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(text, await _controller.Api.GetStringAsync("/v1/environments/admin/debian/description?version=2"));
        Assert.Equal(HttpStatusCode.NotFound, (await _bob.GetAsync("/v1/environments/alice/apriv/description")).StatusCode);
    }

    [Fact]
    public async Task List_InPages_HasEveryOneOnce()
    {
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await _controller.GetAsync($"/v1/environments?limit=2{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}", ApiJson.Default.EnvironmentList);
            Assert.InRange(page.Environments.Count, 1, 2);
            seen.AddRange(page.Environments.Select(Name));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(await ListAsync(_controller.Api, ""), seen);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _controller.Api.GetAsync("/v1/environments?limit=0")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await _controller.Api.GetAsync("/v1/environments?limit=many")).StatusCode);
    }

    private static string Name(EnvironmentInfo e) => $"{e.Owner}/{e.Name}:{e.Version}";

    private static async Task<string[]> ListAsync(HttpClient client, string query) =>
        [.. JsonSerializer.Deserialize(await client.GetStringAsync("/v1/environments" + query), ApiJson.Default.EnvironmentList)!.Environments.Select(Name)];

    private static async Task<Problem> ProblemAsync(HttpResponseMessage response) =>
        JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.Problem)!;

    private static async Task<string> RefusedAsync(HttpClient client, string name, ChangeEnvironment change)
    {
        using var response = await client.PatchAsync("/v1/environments/" + name, JsonContent.Create(change, ApiJson.Default.ChangeEnvironment));
        Assert.False(response.IsSuccessStatusCode);
        return (await ProblemAsync(response)).Reason;
    }

    private async Task RegisterAsync(HttpClient client, string name, int version, string visibility, string more = "")
    {
        using var response = await TryRegisterAsync(client, name, version, visibility, more);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private Task<HttpResponseMessage> TryRegisterAsync(HttpClient client, string name, int version, string visibility, string more = "", string? owner = null) =>
        client.PostAsync("/v1/environments", JsonContent.Create(
            new AddEnvironment(
                $"""
                name: {name}
                version: {version}
                visibility: {visibility}
                os: linux
                image: {"{"}file: "{_controller.Folder.Path}/images/tiny.img", kind: dd, compression: none{"}"}
                {more}
                """,
                Owner: owner),
            ApiJson.Default.AddEnvironment));
}
