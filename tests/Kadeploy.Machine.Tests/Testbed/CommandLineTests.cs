using Kadeploy.Testbed;

namespace Kadeploy.Machine.Tests.Testbed;

[Trait("category", "machine")]
public sealed class CommandLineTests
{
    [Fact]
    public void ToOptions_EverythingGiven_IsTaken()
    {
        var options = new CommandLine(
            ["up", "--nodes", "4", "--uefi", "node-2,node-4", "--name", "demo", "--dir", "/d", "--memory", "768", "--disk", "8", "--owner-pid", "42"]).ToOptions();

        Assert.Equal(("demo", "/d", 4, 768, 8L << 30, 42), (options.Name, options.Directory, options.Nodes, options.MemoryMiB, options.DiskBytes, options.OwnerPid));
        Assert.Equal(["node-2", "node-4"], options.UefiNodes);
    }

    [Fact]
    public void ToOptions_UnknownOption_IsNamed()
    {
        var error = Assert.Throws<TestbedException>(() => new CommandLine(["up", "--node", "4"]).ToOptions());

        Assert.Contains("--node", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("three")]
    public void ToOptions_NodesNotPositive_IsRefused(string nodes) =>
        Assert.Throws<TestbedException>(() => new CommandLine(["up", "--nodes", nodes]).ToOptions());

    [Fact]
    public void Constructor_OptionWithoutValue_IsRefused() =>
        Assert.Throws<TestbedException>(() => new CommandLine(["up", "--nodes"]));

    [Fact]
    public void Constructor_AfterTwoDashes_EverythingBelongsToTheCommand() =>
        Assert.Equal(["ip", "--json", "addr"], new CommandLine(["exec", "--name", "x", "--", "ip", "--json", "addr"]).Rest);
}
