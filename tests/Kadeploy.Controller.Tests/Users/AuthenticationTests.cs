using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Users;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Users;

public sealed class AuthenticationTests : IAsyncLifetime, IDisposable
{
    // 'htpasswd -B', mkpasswd -m sha-512 and -m md5 of the password "a"; the last is refused.
    private const string Passwords = """
        # who may come in
        alice:$2y$05$abcdefghijklmnopqrstuu8.veTXNDPV2eEsdpKNczMw2otgh5LnK
        old:$1$abcdefgh$irWbblnpmw.5z7wgBnprh0

        """;

    private readonly TemporaryFolder _folder = new();
    private TestController _controller = null!;

    public async Task InitializeAsync()
    {
        var file = _folder.WriteSecret("passwords", Passwords);
        _controller = await TestController.StartAsync(
            $$"""users: {administrators: [root], passwordFile: "{{file}}", trustedProxy: {header: X-Remote-User, addresses: ["127.0.0.1", "10.0.0.0/8"]} }""");
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Token_FromCreationToRevocation_IsWhatItsUserIs()
    {
        var created = await _controller.CreateTokenAsync("bob");
        using var bob = _controller.ClientOf(created.Token);
        Assert.Equal(new WhoAmI("bob", false, "token"), await MeAsync(bob));
        var list = await bob.GetStringAsync("/v1/tokens");
        Assert.DoesNotContain(created.Token, list, StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(JsonSerializer.Deserialize(list, ApiJson.Default.TokenList)!.Tokens).LastUsedAt);
        foreach (var file in Directory.EnumerateFiles($"{_controller.Folder.Path}/state").Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
            Assert.DoesNotContain(created.Token, Encoding.Latin1.GetString(await ReadSharedAsync(file)), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NoContent, (await bob.DeleteAsync($"/v1/tokens/{created.Info.Id}")).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await bob.GetAsync("/v1/me")).StatusCode);
    }

    [Fact]
    public async Task Token_AfterItsExpiry_IsRefused()
    {
        var time = new ShiftedTime();
        await using var controller = await TestController.StartAsync(time: time);
        using var bob = controller.ClientOf((await controller.CreateTokenAsync("bob", time.GetUtcNow().AddHours(1))).Token);
        Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync("/v1/me")).StatusCode);

        time.Shift(TimeSpan.FromHours(1));

        Assert.Equal(HttpStatusCode.Unauthorized, (await bob.GetAsync("/v1/me")).StatusCode);
    }

    [Fact]
    public async Task Token_OfAnotherUserOrLongerThanItself_IsNotMade()
    {
        using var bob = _controller.ClientOf((await _controller.CreateTokenAsync("bob", DateTimeOffset.UtcNow.AddMinutes(5))).Token);
        Assert.Equal("not-yours", (await RefusalAsync(bob, new CreateToken("alice"))).Reason);
        Assert.Equal("expiresAt", (await RefusalAsync(bob, new CreateToken())).Field);
        Assert.Equal("expiresAt", (await RefusalAsync(bob, new CreateToken(ExpiresAt: DateTimeOffset.UtcNow.AddDays(1)))).Field);
        var others = await _controller.CreateTokenAsync("alice");
        Assert.Equal(HttpStatusCode.NotFound, (await bob.DeleteAsync($"/v1/tokens/{others.Info.Id}")).StatusCode);
    }

    [Theory]
    [InlineData("alice", "a", "alice")]
    [InlineData("alice", "b", null)]
    [InlineData("alice", "", null)]
    [InlineData("nobody", "a", null)]
    [InlineData("old", "a", null)] // an MD5 hash is no protection
    [InlineData("ali\nce", "a", null)]
    public async Task Basic_AgainstTheFile_LetsInWhoIsInIt(string user, string password, string? expected)
    {
        using var client = _controller.ClientOf(null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        using var response = await client.GetAsync("/v1/me");
        if (expected is null)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Contains("Basic", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(new WhoAmI(expected, false, "password"), await MeAsync(client));
        }
    }

    [Fact]
    public async Task Basic_FileThatChanges_IsReadAgain()
    {
        using var client = _controller.ClientOf(null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("carol:a"u8));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/me")).StatusCode);
        _folder.WriteSecret("passwords", Passwords.Replace("alice", "carol", StringComparison.Ordinal) + "# changed\n");
        Assert.Equal("carol", (await MeAsync(client)).User);
    }

    [Fact]
    public async Task Basic_TooManyWrong_HasToWait()
    {
        using var client = _controller.ClientOf(null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("alice:wrong"u8));
        for (var i = 0; i < 10; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/me")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await client.GetAsync("/v1/me")).StatusCode);
        // A token is no password: nobody is locked out who has one.
        Assert.Equal(HttpStatusCode.OK, (await _controller.Api.GetAsync("/v1/me")).StatusCode);
    }

    [Fact]
    public async Task ProxyHeader_FromAListedAddress_NamesTheUser()
    {
        using var client = _controller.ClientOf(null);
        client.DefaultRequestHeaders.Add("X-Remote-User", "root");
        Assert.Equal(new WhoAmI("root", true, "proxy"), await MeAsync(client));
        client.DefaultRequestHeaders.Remove("X-Remote-User");
        client.DefaultRequestHeaders.TryAddWithoutValidation("X-Remote-User", "ro ot");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/me")).StatusCode);
    }

    [Fact]
    public async Task ProxyHeader_FromAnyOtherAddress_IsNotBelieved()
    {
        await using var strict = await TestController.StartAsync("users: {trustedProxy: {header: X-Remote-User, addresses: [10.0.0.0/8]}}");
        using var client = strict.ClientOf(null);
        client.DefaultRequestHeaders.Add("X-Remote-User", "admin");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/me")).StatusCode);
        using var bob = strict.ClientOf((await strict.CreateTokenAsync("bob")).Token);
        bob.DefaultRequestHeaders.Add("X-Remote-User", "admin");
        Assert.Equal("bob", (await MeAsync(bob)).User);
    }

    private static async Task<byte[]> ReadSharedAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes;
    }

    private static async Task<WhoAmI> MeAsync(HttpClient client) => JsonSerializer.Deserialize(await client.GetStringAsync("/v1/me"), ApiJson.Default.WhoAmI)!;

    private static async Task<Problem> RefusalAsync(HttpClient client, CreateToken request)
    {
        using var response = await client.PostAsync("/v1/tokens", new StringContent(JsonSerializer.Serialize(request, ApiJson.Default.CreateToken), Encoding.UTF8, "application/json"));
        Assert.False(response.IsSuccessStatusCode);
        return JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), ApiJson.Default.Problem)!;
    }
}
