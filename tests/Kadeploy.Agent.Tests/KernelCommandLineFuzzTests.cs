using Kadeploy.TestSupport;

namespace Kadeploy.Agent.Tests;

/// <summary>PID 1 must come up whatever its command line says.</summary>
public sealed class KernelCommandLineFuzzTests
{
    private static readonly string[] Good =
    [
        "initrd=initramfs kadeploy.controller=192.0.2.1:25301 kadeploy.token=0123abcd kadeploy.mac=52:54:00:ab:cd:01 console=tty0 console=ttyS0,115200n8 panic=30",
        "BOOT_IMAGE=vmlinuz kadeploy.controller=[2001:db8::1]:25301 BOOTIF=01-52-54-00-ab-cd-01 console=ttyS1,9600 kadeploy.shell \"quoted word=1 2\"",
    ];

    [Fact]
    public void Parse_MutatedLines_NeverThrowsAndGivesOnlyWhatCanBeDialed()
    {
        for (var seed = 0; seed < Fuzz.Cases(20_000); seed++)
        {
            var fuzz = new Fuzz(seed);
            var text = fuzz.Mutate(Good[seed % Good.Length]);
            var line = KernelCommandLine.Parse(text);
            Assert.True(line.Controller is not { } controller || Uri.CheckHostName(controller.Host) != UriHostNameType.Unknown, $"seed {seed}: {text}");
            Assert.All(line.SerialConsoles, console => Assert.True(console is { Unit: >= 0, Speed: >= 0 }, $"seed {seed}: {text}"));
        }
    }
}
