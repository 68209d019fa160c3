using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests.Input;

public sealed class InputTests : IDisposable
{
    private const string Ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHhxeHNkZnNkZnNkZnNkZnNkZnNkZnNkZnNkZnNk";
    private readonly ScratchFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void NodeSelection_Nothing_IsRefusedAndNeverMeansAll() =>
        Assert.Contains("never means all", Refused(NodeSelection.Read([], [])), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n\n   \n")]
    public void NodeSelection_FileWithoutNodes_IsRefused(string text) =>
        Assert.Contains("names no node", Refused(NodeSelection.Read(["node-1"], [_files.Write("nodes", text)])), StringComparison.Ordinal);

    [Fact]
    public void NodeSelection_SetsAndFiles_AreJoined() =>
        Assert.Equal("a-[1-2],b,c,d", Value(NodeSelection.Read(["a-[1-2]", " b "], [_files.Write("nodes", "c # first\r\n#x\nd\n")])));

    [Theory]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nx\n")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nx\n")]
    [InlineData("PuTTY-User-Key-File-3: ssh-ed25519\n")]
    public void KeyFiles_PrivateKey_IsRefusedNamingItsPublicHalf(string text)
    {
        var key = _files.Write("id", text);
        _files.Write("id.pub", Ed25519);
        Assert.Contains("its public half is " + key + ".pub", Refused(KeyFiles.Read([key])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello\n", "line 1")]
    [InlineData("# c\nssh-ed25519 !!!\n", "line 2")]
    [InlineData("ssh-ed25519\n", "line 1")]
    [InlineData("# only\n", "holds no public key")]
    public void KeyFiles_NoKey_IsRefusedWithItsLine(string text, string message) =>
        Assert.Contains(message, Refused(KeyFiles.Read([_files.Write("k", text)])), StringComparison.Ordinal);

    [Fact]
    public void KeyFiles_OptionsBeforeTheType_AreAccepted() =>
        Assert.Equal([$"from=\"10.0.0.0/8\" {Ed25519} x"], Value(KeyFiles.Read([_files.Write("k", $"from=\"10.0.0.0/8\" {Ed25519} x\n")])));

    [Theory]
    [InlineData("ipmi://admin@10.0.1.4", "10.0.1.4", 623)]
    [InlineData("ipmi://admin@bmc-4.site:6230", "bmc-4.site", 6230)]
    [InlineData("ipmi://admin@[fd00::4]:624", "fd00::4", 624)]
    [InlineData("ipmi://admin@10.0.1.4/", "10.0.1.4", 623)]
    public void BmcOptions_Url_IsUnderstood(string url, string host, int port)
    {
        var bmc = Value(BmcOptions.Read(url, _files.Write("pw", "s3cret \nrest")));
        Assert.Equal(new BmcCredentials("ipmi", host, port, "admin", "s3cret "), bmc);
        Assert.DoesNotContain("s3cret", bmc.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.1.4", "ipmi://USER@HOST")]
    [InlineData("snmp://a@h", "ipmi://USER@HOST")]
    [InlineData("ipmi://h", "no user")]
    [InlineData("ipmi://a@h/path", "nothing may follow")]
    public void BmcOptions_WrongUrl_IsRefused(string url, string message) =>
        Assert.Contains(message, Refused(BmcOptions.Read(url, _files.Write("pw", "x"))), StringComparison.Ordinal);

    [Fact]
    public void BmcOptions_PasswordInTheUrl_IsRefusedAndNotRepeated()
    {
        var message = Refused(BmcOptions.Read("ipmi://admin:s3cret@h", null));
        Assert.Contains("--bmc-password-file", message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", message, StringComparison.Ordinal);
    }

    [Fact]
    public void DiskOptions_Hints_AreCombined() => Assert.Equal(
        new DiskHintInfo("/dev/disk/by-path/pci-0=1", "S=1", "eui.0", 500_000_000_000),
        Value(DiskOptions.Read(["/dev/disk/by-path/pci-0=1", "serial=S=1", "wwn=eui.0", "min=500G"])));

    [Theory]
    [InlineData("min=1GiB", 1073741824)]
    [InlineData("min=42", 42)]
    [InlineData("min=2T", 2_000_000_000_000)]
    public void DiskOptions_Sizes_AreUnderstood(string hint, long bytes) => Assert.Equal(bytes, Value(DiskOptions.Read([hint])).MinimumBytes);

    [Theory]
    [InlineData("sda")]
    [InlineData("/etc/passwd")]
    [InlineData("size=1G")]
    [InlineData("min=-1")]
    [InlineData("min=1Q")]
    [InlineData("min=99999999999T")]
    [InlineData("serial=")]
    public void DiskOptions_WrongHint_IsRefusedByName(string hint) => Assert.Contains(hint, Refused(DiskOptions.Read([hint])), StringComparison.Ordinal);

    [Fact]
    public void MacAddress_AnySpelling_IsNormalised() =>
        Assert.Equal(["52:54:00:ab:cd:ef", "52:54:00:ab:cd:ee"], Value(MacAddress.Read(["52-54-00-AB-CD-EF", "52:54:00:ab:cd:ee"])));

    [Theory]
    [InlineData("525400abcdef")]
    [InlineData("52:54:00:ab:cd")]
    [InlineData("52:54:00:ab:cd:eg")]
    public void MacAddress_Wrong_IsRefused(string mac) => Assert.Contains(mac, Refused(MacAddress.Read([mac])), StringComparison.Ordinal);

    [Theory]
    [InlineData("debian12", null, "debian12", null)]
    [InlineData("debian12:3", null, "debian12", 3)]
    [InlineData("ann/debian12:3", "ann", "debian12", 3)]
    public void EnvironmentName_Text_IsUnderstoodAndPrintedBack(string text, string? owner, string name, int? version)
    {
        var parsed = Value(EnvironmentName.Parse(text));
        Assert.Equal((owner, name, version, text), (parsed.Owner, parsed.Name, parsed.Version, parsed.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":1")]
    [InlineData("/x")]
    [InlineData("a/b/c")]
    [InlineData("x:")]
    [InlineData("x:latest")]
    public void EnvironmentName_Wrong_IsRefused(string text) => Assert.Contains($"'{text}'", Refused(EnvironmentName.Parse(text)), StringComparison.Ordinal);

    private static T Value<T>(Answer<T> answer)
        where T : class
    {
        Assert.True(answer.TryGet(out var value, out var failure), failure?.Message);
        return value!;
    }

    private static string Refused<T>(Answer<T> answer)
        where T : class
    {
        Assert.False(answer.TryGet(out _, out var failure));
        return failure!.Message;
    }
}
