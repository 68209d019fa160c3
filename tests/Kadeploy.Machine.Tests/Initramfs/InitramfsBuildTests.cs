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

    [Fact]
    public async Task Build_PackageWithAnotherDigestThanPinned_IsNotUsed()
    {
        // An archive that serves something else under every name and version.
        var bin = Directory.CreateDirectory(Path.Combine(_builder.Folder.Path, "bin")).FullName;
        var apt = Path.Combine(bin, "apt-get");
        File.WriteAllText(apt, """
            #!/bin/sh
            for argument; do
                case "$argument" in *=*) echo tampered >"${argument%%=*}_1_amd64.deb" ;; esac
            done
            """);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(apt, (UnixFileMode)0b111_101_101);

        var (exitCode, _, error) = await _builder.RunAsync([], new()
        {
            ["PATH"] = $"{bin}:{Environment.GetEnvironmentVariable("PATH")}",
            ["KADEPLOY_OUT"] = Path.Combine(_builder.Folder.Path, "out"),
        });

        Assert.NotEqual(0, exitCode);
        Assert.Contains("does not have the digest", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_ServerDrivers_LeavesRoomForTheAgent()
    {
        var result = Path.Combine(_builder.Folder.Path, "boot");
        var (exitCode, _, error) = await _builder.RunAsync("--drivers", "server", "--out", result);

        Assert.True(exitCode == 0, error);
        // Of the 20 MB, the agent takes 5.
        Assert.InRange(new FileInfo(Path.Combine(result, "initramfs")).Length, 1_000_000, 15_000_000);
        var files = await CpioListing.ReadAsync(Path.Combine(result, "initramfs"));
        Assert.Superset(
            new HashSet<string> { "ixgbe.ko", "mlx5_core.ko", "tg3.ko", "megaraid_sas.ko", "mpt3sas.ko", "nvme.ko", "ahci.ko", "ext4.ko" },
            files.Keys.Where(path => path.EndsWith(".ko", StringComparison.Ordinal)).Select(path => Path.GetFileName(path)).ToHashSet());
    }
}
