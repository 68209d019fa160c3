using System.Reflection;
using Xunit.Abstractions;

namespace Kadeploy.Agent.Tests.Build;

/// <summary>The program that becomes /init, published as build/initramfs does it.</summary>
public sealed class PublishedAgentTests(ITestOutputHelper output)
{
    // 20 MB is the budget of the whole initramfs, compressed; this much of it uncompressed is the agent's.
    private const long LargestAgent = 17_000_000;

    [Fact]
    public void Publish_Agent_IsOneStaticFileWithinItsSize()
    {
        using var folder = new TemporaryFolder();
        TestProgram.Run(
            "dotnet", "", "publish", $"{Metadata("RepositoryRoot")}/agent/Kadeploy.Agent", "-c", "Release", "-f", Metadata("AgentFramework"),
            "-r", "linux-x64", "-o", folder["out"], "-v", "q", "-nologo");

        var agent = folder["out/kadeploy-agent"];
        var size = new FileInfo(agent).Length;
        output.WriteLine($"kadeploy-agent: {size:N0} bytes");
        Assert.Equal([0x7f, (byte)'E', (byte)'L', (byte)'F'], File.ReadAllBytes(agent)[..4]);
        // No interpreter and no needed library: the kernel can start it in an empty file system.
        Assert.DoesNotContain("INTERP", TestProgram.Run("readelf", "", "--program-headers", agent));
        Assert.DoesNotContain("NEEDED", TestProgram.Run("readelf", "", "--dynamic", agent));
        Assert.InRange(size, 1, LargestAgent);
        // It starts, and says which it is on standard error as on a console.
        TestProgram.Run(agent, "", "--version");
    }

    private static string Metadata(string name) =>
        typeof(PublishedAgentTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == name).Value!;
}
