using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dapper;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Power;
using Kadeploy.Api.Users;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

public sealed class IdempotencyTests : IAsyncLifetime
{
    private TestController _controller = null!;

    public async Task InitializeAsync() => _controller = await TestController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Post_SameKeyTwice_IsDoneOnceAndAnsweredTwice()
    {
        await _controller.AddEnvironmentAsync();
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        var (first, replayed) = await DeployAsync(_controller.Api, "k1", "node-1");
        Assert.Equal((HttpStatusCode.Accepted, false), (first.StatusCode, replayed));
        var (second, again) = await DeployAsync(_controller.Api, "k1", "node-1");
        Assert.Equal((HttpStatusCode.Accepted, true), (second.StatusCode, again));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Single((await _controller.GetAsync("/v1/deployments", ApiJson.Default.DeploymentList)).Deployments);

        _controller = await _controller.RestartAsync();
        Assert.True((await DeployAsync(_controller.Api, "k1", "node-1")).Replayed);
    }

    [Fact]
    public async Task Post_SameKeyForSomethingElse_IsRefused()
    {
        await TokenAsync("k", "a");
        using var other = await TokenAsync("k", "b");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused"), (other.StatusCode, await ReasonAsync(other)));
    }

    [Fact]
    public async Task Post_AnswerWithASecret_IsNotKept()
    {
        using var first = await TokenAsync("k", "a");
        var secret = (await first.Content.ReadFromJsonAsync(ApiJson.Default.TokenCreated))!.Token;

        using var again = await TokenAsync("k", "a");

        Assert.Equal((HttpStatusCode.Conflict, "idempotency-answer-not-kept"), (again.StatusCode, await ReasonAsync(again)));
        Assert.Single((await _controller.GetAsync("/v1/tokens", ApiJson.Default.TokenList)).Tokens);
        var database = await File.ReadAllBytesAsync($"{_controller.Folder.Path}/state/kadeployd.db");
        var journal = await File.ReadAllBytesAsync($"{_controller.Folder.Path}/state/kadeployd.db-wal");
        Assert.False(database.Concat(journal).ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0, "the token is in the database");
    }

    [Fact]
    public async Task Post_CutOffByACrashOfTheController_IsAnsweredWithWhatItStarted()
    {
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        var (_, id) = await StatusAsync("k");
        await CrashedAsync("operation");

        var (replayed, same) = await StatusAsync("k");

        Assert.Equal((true, id), (replayed, same));
        Assert.Equal((true, id), await StatusAsync("k"));
    }

    [Fact]
    public async Task Post_CutOffBeforeAnythingWasStarted_IsDone()
    {
        await _controller.AddNodeAsync("node-1", "52:54:00:00:00:01");
        var (_, id) = await StatusAsync("k");
        await CrashedAsync("'S-never-accepted'");

        var (replayed, other) = await StatusAsync("k");

        Assert.False(replayed);
        Assert.NotEqual(id, other);
        Assert.Equal((true, other), await StatusAsync("k"));
    }

    [Fact]
    public async Task Post_CutOffThatMayHaveDoneAnything_IsNotDoneAgain()
    {
        using var first = await TokenAsync("k", "a");
        await CrashedAsync("NULL");

        using var again = await TokenAsync("k", "a");

        Assert.Equal((HttpStatusCode.Conflict, "idempotency-key-in-use"), (again.StatusCode, await ReasonAsync(again)));
    }

    [Fact]
    public async Task Post_RefusedThenMended_IsDone()
    {
        using var refused = await TokenAsync("k", new string('x', 500));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        using var mended = await TokenAsync("k", "short");
        Assert.Equal(HttpStatusCode.Created, mended.StatusCode);
    }

    [Fact]
    public async Task Post_SameKeyOfAnotherUser_IsAnotherKey()
    {
        using var first = await TokenAsync("k", "a");
        using var bob = _controller.ClientOf((await _controller.CreateTokenAsync("bob")).Token);
        using var second = await TokenAsync("k", "b", bob);
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
    }

    [Fact]
    public async Task Post_KeyThatIsNone_IsRefused()
    {
        using var response = await TokenAsync(new string('k', 300), "a");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
    }

    // As the database is left when the controller dies between an operation's first entry in the journal and the answer.
    private async Task CrashedAsync(string operation)
    {
        _controller.Service<Database>().Write(connection => connection.Execute($"UPDATE idempotency SET status = NULL, media_type = NULL, body = NULL, operation = {operation}"));
        _controller = await _controller.RestartAsync();
    }

    private async Task<(bool Replayed, string Id)> StatusAsync(string key)
    {
        using var response = await SendAsync(
            _controller.Api, key, "/v1/power", JsonContent.Create(new PowerRequest("node-1", PowerAction.Status), ApiJson.Default.PowerRequest));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (response.Headers.Contains("Idempotency-Replayed"), (await response.Content.ReadFromJsonAsync(ApiJson.Default.DeploymentStarted))!.Id);
    }

    private Task<HttpResponseMessage> TokenAsync(string key, string note, HttpClient? client = null) => SendAsync(
        client ?? _controller.Api, key, "/v1/tokens", JsonContent.Create(new CreateToken(Note: note), ApiJson.Default.CreateToken));

    private static async Task<(HttpResponseMessage Response, bool Replayed)> DeployAsync(HttpClient client, string key, string nodes)
    {
        var response = await SendAsync(client, key, "/v1/deployments", JsonContent.Create(new StartDeployment("tiny", nodes), ApiJson.Default.StartDeployment));
        return (response, response.Headers.Contains("Idempotency-Replayed"));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string key, string path, HttpContent body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.Add("Idempotency-Key", key);
        return await client.SendAsync(request);
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage response) =>
        JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.Problem)!.Reason;
}
