namespace Kadeploy.Machine.Tests.Initramfs;

/// <summary>build/initramfs: what it refuses, and that it gives the same bytes again.</summary>
[Trait("category", "machine")]
public sealed class InitramfsBuildTests : IDisposable
{
    private readonly InitramfsBuilder _builder = new();

    public void Dispose() => _builder.Dispose();

    [Fact]
    public async Task Build_TwiceInDifferentFolders_IsTheSameByteForByte()
    {
        var (exitCode, _, error) = await _builder.RunAsync("--check");

        Assert.True(exitCode == 0, error);
        Assert.Contains("Reproducible: two builds, the same bytes", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_LargerThanItsBudget_FailsAndKeepsTheFormerResult()
    {
        var result = Path.Combine(_builder.Folder.Path, "boot");
        Directory.CreateDirectory(result);
        File.WriteAllText(Path.Combine(result, "initramfs"), "the former one");

        var (exitCode, _, error) = await _builder.RunAsync(["--out", result], new() { ["KADEPLOY_INITRAMFS_BUDGET"] = "1000000" });

        Assert.NotEqual(0, exitCode);
        Assert.Contains("larger than its budget of 1.0 MB", error, StringComparison.Ordinal);
        Assert.Equal("the former one", File.ReadAllText(Path.Combine(result, "initramfs")));
    }

    [Fact]
    public async Task Build_DriverThatTheKernelDoesNotHave_FailsAndNamesIt()
    {
        var drivers = _builder.Folder.Write("site.list", "kernel linux-image-cloud-amd64\nvirtio_net\nmegaraid_sass\n");

        var (exitCode, _, error) = await _builder.RunAsync("--drivers", drivers);

        Assert.NotEqual(0, exitCode);
        Assert.Contains("'megaraid_sass'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_UnknownDriverSet_SaysSo()
    {
        var (exitCode, _, error) = await _builder.RunAsync("--drivers", "mainframe");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("no driver set 'mainframe'", error, StringComparison.Ordinal);
    }
}
