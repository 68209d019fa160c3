using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Deployments.Nodes;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Boot;

public sealed class ArmingStoreTests : IDisposable
{
    private const string Mac = "52:54:00:00:00:01";
    private const string SecondMac = "52:54:00:00:00:02";
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly ArmingStore _armings;

    public ArmingStoreTests()
    {
        var database = new Database($"{_folder.Path}/test.db");
        Assert.Null(new NodeStore(database, _time).Add(new Node("node-1", [Mac, SecondMac], "192.0.2.11", "default", null, DiskHint.Only), null));
        _armings = new ArmingStore(database, _time);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Take_Armed_OnceOnly()
    {
        _armings.Arm(new Arming("node-1", "D-1", "a1"));
        Assert.Equal(new Arming("node-1", "D-1", "a1"), _armings.Take(Mac)!.Value.Arming);
        Assert.Null(_armings.Take(Mac));
    }

    [Fact]
    public void Take_Disarmed_Nothing()
    {
        _armings.Arm(new Arming("node-1", "D-1", "a1"));
        _armings.Disarm("node-1");
        Assert.Null(_armings.Take(Mac));
    }

    [Fact]
    public void Use_RightToken_OnceOnly()
    {
        var token = Serve();
        Assert.Equal(new TokenUse.Accepted("node-1", "D-1", "a1"), _armings.Use(token, Mac));
        Assert.Equal("token-used", Reason(_armings.Use(token, Mac)));
    }

    [Fact]
    public void Use_FromAnotherInterface_RefusedAndNotUsedUp()
    {
        var token = Serve();
        Assert.Equal("token-other-mac", Reason(_armings.Use(token, SecondMac)));
        Assert.IsType<TokenUse.Accepted>(_armings.Use(token, Mac));
    }

    [Fact]
    public void Use_Late_Refused()
    {
        var token = Serve();
        _time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal("token-late", Reason(_armings.Use(token, Mac)));
    }

    [Fact]
    public void Use_NeverServed_Refused() => Assert.Equal("token-unknown", Reason(_armings.Use(new string('0', 64), Mac)));

    [Fact]
    public void Use_ReplacedByANewerOne_Refused()
    {
        var old = Serve();
        _ = Serve();
        Assert.Equal("token-unknown", Reason(_armings.Use(old, Mac)));
    }

    [Fact]
    public void Take_Served_TheTokenItselfIsNowhereInTheDatabase()
    {
        var token = Serve();
        foreach (var file in Directory.EnumerateFiles(_folder.Path))
            Assert.DoesNotContain(token, System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal);
    }

    private string Serve()
    {
        _armings.Arm(new Arming("node-1", "D-1", "a1"));
        return _armings.Take(Mac)!.Value.Token;
    }

    private static string Reason(TokenUse use) => Assert.IsType<TokenUse.Refused>(use).Reason;
}
