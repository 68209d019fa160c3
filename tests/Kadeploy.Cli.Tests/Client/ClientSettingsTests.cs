using Kadeploy.Cli.Client;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests.Client;

public sealed class ClientSettingsTests : IDisposable
{
    private readonly ScratchFiles _files = new();
    private readonly Dictionary<string, string> _variables = [];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Resolve_NothingAnywhere_IsThisMachineWithoutAToken()
    {
        var settings = Resolve(null, null);
        Assert.Equal(("https://127.0.0.1:25300/", (string?)null), (settings.Server.ToString(), settings.Token));
    }

    [Fact]
    public void Resolve_EveryPlace_TheNearestWins()
    {
        _files.Write("machine.yaml", $"server: http://machine:1\ntokenFile: {_files.Write("t-machine", "of-machine\n")}\n");
        Assert.Equal(("http://machine:1/", "of-machine"), Pair(Resolve(null, null)));
        _files.Write("user.yaml", $"server: http://user:1\ntokenFile: {_files.Write("t-user", "of-user")}\n");
        Assert.Equal(("http://user:1/", "of-user"), Pair(Resolve(null, null)));
        _files.Write("token", "of-home\n");
        Assert.Equal(("http://user:1/", "of-home"), Pair(Resolve(null, null)));
        _variables["KADEPLOY_SERVER"] = "variable:25300";
        _variables["KADEPLOY_TOKEN_FILE"] = _files.Write("t-variable", "of-variable\n");
        Assert.Equal(("https://variable:25300/", "of-variable"), Pair(Resolve(null, null)));
        Assert.Equal(("https://line/", "of-line"), Pair(Resolve("https://line", _files.Write("t-line", "of-line\n"))));
    }

    [Theory]
    [InlineData("server: http://x\nsrever: y\n", "line 2: unknown key 'srever'")]
    [InlineData("- a\n", "expected 'server:'")]
    [InlineData("server: [\n", "line 2")]
    public void Resolve_WrongFile_NamesFileLineAndKey(string yaml, string message)
    {
        var file = _files.Write("machine.yaml", yaml);
        var text = Refused(null, null);
        Assert.Contains(file, text, StringComparison.Ordinal);
        Assert.Contains(message, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("http://")]
    [InlineData("http:// x")]
    public void Resolve_NoAddress_IsRefusedNamingWhereItCameFrom(string server) =>
        Assert.Contains("--server is '" + server, Refused(server, null), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("two words\n")]
    public void Resolve_TokenFileWithoutToken_IsRefused(string text) =>
        Assert.Contains("does not hold a token", Refused(null, _files.Write("t", text)), StringComparison.Ordinal);

    [Fact]
    public void Resolve_NamedTokenFileMissing_IsRefused() =>
        Assert.Contains("--token-file", Refused(null, _files.Path("missing")), StringComparison.Ordinal);

    [Fact]
    public void Resolve_Fingerprint_FromTheNearestThatSpeaksOfThisServer()
    {
        string Of(char c) => new(c, 64);
        _files.Write("machine.yaml", $"server: https://machine\nfingerprint: {Of('a')}\n");
        Assert.Equal(Of('a'), Resolve(null, null).Pin!.Fingerprint);
        Assert.Null(Resolve("https://other", null).Pin); // that file speaks of its own server
        _files.Write("api.fingerprint", Of('b') + "\n");
        var token = _files.Write("admin.token", "secret\n");
        Assert.Equal(Of('b'), Resolve(null, token).Pin!.Fingerprint);
        Assert.Equal(Of('b'), Resolve("https://other", token).Pin!.Fingerprint);
        _variables["KADEPLOY_FINGERPRINT"] = "SHA256:" + string.Join(':', Enumerable.Repeat("CC", 32));
        Assert.Equal((Of('c'), "KADEPLOY_FINGERPRINT"), (Resolve(null, token).Pin!.Fingerprint, Resolve(null, token).Pin!.From));
        Assert.Equal(Of('d'), Resolve(null, token, Of('D')).Pin!.Fingerprint);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    public void Resolve_NoFingerprint_IsRefused(string text) => Assert.Contains("is no fingerprint", Refused(null, null, text), StringComparison.Ordinal);

    [Fact]
    public void ToString_Token_IsLeftOut() => Assert.DoesNotContain("s3cret", Resolve(null, _files.Write("t", "s3cret")).ToString(), StringComparison.Ordinal);

    private static (string Server, string? Token) Pair(ClientSettings settings) => (settings.Server.ToString(), settings.Token);

    private ClientPlaces Places() =>
        new(name => _variables.GetValueOrDefault(name), _files.Path("token"), _files.Path("user.yaml"), _files.Path("machine.yaml"));

    private ClientSettings Resolve(string? server, string? tokenFile, string? fingerprint = null)
    {
        Assert.True(ClientSettings.Resolve(server, tokenFile, fingerprint, Places()).TryGet(out var settings, out var failure), failure?.Message);
        return settings!;
    }

    private string Refused(string? server, string? tokenFile, string? fingerprint = null)
    {
        Assert.False(ClientSettings.Resolve(server, tokenFile, fingerprint, Places()).TryGet(out _, out var failure));
        return failure!.Message;
    }
}
