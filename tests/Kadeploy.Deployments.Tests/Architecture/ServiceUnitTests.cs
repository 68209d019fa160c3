namespace Kadeploy.Deployments.Tests.Architecture;

/// <summary>What the packaged systemd unit takes from kadeployd before it starts: systemd.exec(5).</summary>
public sealed class ServiceUnitTests
{
    private static readonly IReadOnlyList<string> Lines = [.. File.ReadLines(Path.Combine(Repository.Root, "build/debian/kadeployd.service"))];

    [Fact]
    public void Unit_RunsAsItsOwnUserWithoutAnyCapability()
    {
        Assert.Contains("User=kadeploy", Lines);
        Assert.Contains("CapabilityBoundingSet=", Lines);
        Assert.Contains("AmbientCapabilities=", Lines);
        Assert.Contains("NoNewPrivileges=yes", Lines);
    }

    [Theory]
    [InlineData("ProtectSystem=strict")]
    [InlineData("ProtectHome=yes")]
    [InlineData("PrivateTmp=yes")]
    [InlineData("PrivateDevices=yes")]
    [InlineData("ProtectKernelModules=yes")]
    [InlineData("ProtectProc=invisible")]
    [InlineData("RestrictNamespaces=yes")]
    [InlineData("SystemCallFilter=@system-service")]
    [InlineData("LimitCORE=0")]
    [InlineData("StateDirectoryMode=0700")]
    [InlineData("UMask=0077")]
    public void Unit_HasWhatHardens(string line) => Assert.Contains(line, Lines);
}
