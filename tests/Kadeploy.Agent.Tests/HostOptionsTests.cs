namespace Kadeploy.Agent.Tests;

public sealed class HostOptionsTests : IDisposable
{
    private static readonly string Pin = new('a', 64);
    private readonly TemporaryFolder _folder = new();

    public HostOptionsTests() => _folder.Write("token", "t0ken\n");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parse_EverythingGiven_IsTaken()
    {
        var (options, problem) = Parse("--pin", Pin);
        Assert.Equal("", problem);
        Assert.Equal((("10.0.0.1", 25301), Pin, "t0ken"), (options!.Controller, options.Key.Pin, options.Token));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("")]
    public void Parse_PinThatIsNone_IsRefused(string pin) => Assert.Contains("--pin", Parse("--pin", pin).Problem, StringComparison.Ordinal);

    [Fact]
    public void Parse_NoPinAnywhere_IsRefusedSayingWhy()
    {
        // The file that takes its place does not exist where these tests run.
        Assert.False(File.Exists(HostOptions.PinFile));
        Assert.Contains("anyone could pose as the controller", Parse().Problem, StringComparison.Ordinal);
    }

    private (HostOptions? Options, string Problem) Parse(params string[] more) =>
        HostOptions.Parse(["--controller", "10.0.0.1:25301", "--token-file", _folder["token"], "--directory", _folder["."], .. more]);
}
