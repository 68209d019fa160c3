using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Deployments.Nodes;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Boot;

public sealed class ArmingStoreTests : IDisposable
{
    private const string Mac = "52:54:00:00:00:01";
    private const string Boot = "0f2f1d3c-6a0e-4a57-9c1e-1d2c3b4a5f60";
    private const string SecondMac = "52:54:00:00:00:02";
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly Database _database;
    private readonly ArmingStore _armings;

    public ArmingStoreTests()
    {
        _database = new Database($"{_folder.Path}/test.db");
        Assert.Null(new NodeStore(_database, _time).Add(new Node("node-1", [Mac, SecondMac], "192.0.2.11", "default", null, DiskHint.Only), null));
        _armings = new ArmingStore(_database, _time);
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Take_Armed_OnceOnly()
    {
        await _armings.ArmAsync(new Arming("node-1", "D-1", "a1"));
        Assert.Equal(new Arming("node-1", "D-1", "a1"), (await _armings.TakeAsync(Mac))!.Value.Arming);
        Assert.Null(await _armings.TakeAsync(Mac));
    }

    [Fact]
    public async Task Take_Disarmed_Nothing()
    {
        await _armings.ArmAsync(new Arming("node-1", "D-1", "a1"));
        await _armings.DisarmAsync("node-1");
        Assert.Null(await _armings.TakeAsync(Mac));
    }

    [Fact]
    public async Task Use_RightToken_OnceOnly()
    {
        var token = await ServeAsync();
        Assert.Equal(new TokenUse.Accepted("node-1", "D-1", "a1"), await _armings.UseAsync(token, Mac, Boot));
        // The same boot again: the answer may have been lost.
        Assert.IsType<TokenUse.Accepted>(await _armings.UseAsync(token, Mac, Boot));
        Assert.Equal("token-used", Reason(await _armings.UseAsync(token, Mac, "another boot")));
    }

    [Fact]
    public async Task Use_FromAnotherInterface_RefusedAndNotUsedUp()
    {
        var token = await ServeAsync();
        Assert.Equal("token-other-mac", Reason(await _armings.UseAsync(token, SecondMac, Boot)));
        Assert.IsType<TokenUse.Accepted>(await _armings.UseAsync(token, Mac, Boot));
    }

    [Fact]
    public async Task Use_Late_Refused()
    {
        var token = await ServeAsync();
        _time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal("token-late", Reason(await _armings.UseAsync(token, Mac, Boot)));
    }

    [Fact]
    public async Task Use_NeverServed_Refused() => Assert.Equal("token-unknown", Reason(await _armings.UseAsync(new string('0', 64), Mac, Boot)));

    [Fact]
    public async Task Use_ReplacedByANewerOne_Refused()
    {
        var old = await ServeAsync();
        _ = await ServeAsync();
        Assert.Equal("token-unknown", Reason(await _armings.UseAsync(old, Mac, Boot)));
    }

    [Fact]
    public async Task Take_Served_TheTokenItselfIsNowhereInTheDatabase()
    {
        var token = await ServeAsync();
        foreach (var file in Directory.EnumerateFiles(_folder.Path))
            Assert.DoesNotContain(token, System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal);
    }

    private async Task<string> ServeAsync()
    {
        await _armings.ArmAsync(new Arming("node-1", "D-1", "a1"));
        return (await _armings.TakeAsync(Mac))!.Value.Token;
    }

    private static string Reason(TokenUse use) => Assert.IsType<TokenUse.Refused>(use).Reason;
}
