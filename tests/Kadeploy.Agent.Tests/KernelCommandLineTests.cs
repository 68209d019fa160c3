namespace Kadeploy.Agent.Tests;

public sealed class KernelCommandLineTests
{
    [Fact]
    public void Parse_FullLine_ReadsEverySetting()
    {
        var line = KernelCommandLine.Parse(
            "BOOT_IMAGE=vmlinuz kadeploy.controller=192.0.2.1:25301 kadeploy.token=0123abcd kadeploy.mac=52-54-00-AB-cd-01 "
            + "console=ttyS1,115200n8 console=tty0 panic=7 quiet\n");

        Assert.Equal(("192.0.2.1", 25301), line.Controller);
        Assert.Equal("0123abcd", line.Token);
        Assert.Equal("52:54:00:ab:cd:01", line.Mac);
        Assert.Equal([(1, 115200)], line.SerialConsoles);
        Assert.Equal(7, line.Panic);
        Assert.False(line.Shell);
    }

    [Fact]
    public void Parse_EmptyLine_HasDefaults()
    {
        var line = KernelCommandLine.Parse("");

        Assert.Null(line.Controller);
        Assert.Equal("", line.Token);
        Assert.Equal("", line.Mac);
        Assert.Equal(30, line.Panic);
    }

    [Theory]
    [InlineData("kadeploy.shell", true)]
    [InlineData("kadeploy.shell=1", true)]
    [InlineData("kadeploy.shell=0", false)]
    [InlineData("kadeploy.shells", false)]
    public void Parse_Shell_IsOnWhenAskedFor(string text, bool expected) => Assert.Equal(expected, KernelCommandLine.Parse(text).Shell);

    [Theory]
    [InlineData("kadeploy.controller=host")]
    [InlineData("kadeploy.controller=host:")]
    [InlineData("kadeploy.controller=host:0")]
    [InlineData("kadeploy.controller=host:70000")]
    [InlineData("kadeploy.controller=:25301")]
    public void Parse_ControllerWithoutHostOrPort_IsNone(string text) => Assert.Null(KernelCommandLine.Parse(text).Controller);

    [Fact]
    public void Parse_Ipv6Controller_LosesItsBrackets() =>
        Assert.Equal(("fd77::1", 25301), KernelCommandLine.Parse("kadeploy.controller=[fd77::1]:25301").Controller);

    [Fact]
    public void Parse_BootIf_GivesTheMacOnlyWithoutOurOwnSetting()
    {
        Assert.Equal("52:54:00:12:34:56", KernelCommandLine.Parse("BOOTIF=01-52-54-00-12-34-56").Mac);
        Assert.Equal("52:54:00:00:00:01", KernelCommandLine.Parse("kadeploy.mac=52:54:00:00:00:01 BOOTIF=01-52-54-00-12-34-56").Mac);
    }

    [Theory]
    [InlineData("panic=-1", -1)]
    [InlineData("panic=0", 0)]
    [InlineData("panic=soon", 30)]
    public void Parse_Panic_IsTheKernelsNumber(string text, int expected) => Assert.Equal(expected, KernelCommandLine.Parse(text).Panic);

    [Fact]
    public void Words_QuotedBlank_StaysInItsWord() =>
        Assert.Equal(["a", "dyndbg=file drivers/x +p", "b"], KernelCommandLine.Words("a  dyndbg=\"file drivers/x +p\" b\n"));
}
