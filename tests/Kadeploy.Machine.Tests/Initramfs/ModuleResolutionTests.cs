using Kadeploy.Machine.Tests.Support;

namespace Kadeploy.Machine.Tests.Initramfs;

/// <summary>initramfs/resolve-modules.awk: from the names in a driver set to the files of a kernel.</summary>
[Trait("category", "machine")]
public sealed class ModuleResolutionTests : IDisposable
{
    private const string Builtin = """
        kernel/drivers/tty/serial/8250/8250.ko
        kernel/lib/crypto/libsha256.ko
        """;

    private const string Soft = """
        # Soft dependencies extracted from modules themselves.
        softdep ext4 pre: crc32c
        softdep nvme pre: no_such_module
        """;

    private const string Hard = """
        kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/drivers/virtio/virtio.ko
        kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
        kernel/net/core/failover.ko:
        kernel/drivers/virtio/virtio.ko:
        kernel/drivers/char/hw_random/virtio-rng.ko: kernel/drivers/virtio/virtio.ko
        kernel/drivers/nvme/host/nvme.ko:
        kernel/drivers/net/phy/realtek.ko:
        kernel/drivers/net/phy/broadcom.ko:
        kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko
        kernel/fs/jbd2/jbd2.ko:
        kernel/crypto/crc32c_generic.ko:
        kernel/crypto/crc32c.ko:

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Resolve_ModuleWithDependencies_TakesThemAllOnce() =>
        Assert.Equal(
            ["kernel/drivers/net/net_failover.ko", "kernel/drivers/net/virtio_net.ko", "kernel/drivers/virtio/virtio.ko", "kernel/net/core/failover.ko"],
            await ResolveAsync("kernel linux-image-cloud-amd64\n# network\nvirtio_net\nvirtio\n"));

    [Fact]
    public async Task Resolve_UnderscoreForDash_FindsTheModule() =>
        Assert.Contains("kernel/drivers/char/hw_random/virtio-rng.ko", await ResolveAsync("virtio_rng\n"));

    [Fact]
    public async Task Resolve_GlobOnNames_TakesEveryMatch() =>
        Assert.Equal(3, (await ResolveAsync("virtio*\n")).Count(path => path.Contains("/virtio", StringComparison.Ordinal)));

    [Fact]
    public async Task Resolve_GlobOnPaths_TakesTheFolder() =>
        Assert.Equal(["kernel/drivers/net/phy/broadcom.ko", "kernel/drivers/net/phy/realtek.ko"], await ResolveAsync("kernel/drivers/net/phy/*\n"));

    [Fact]
    public async Task Resolve_SoftDependency_IsTaken() =>
        Assert.Equal(["kernel/crypto/crc32c.ko", "kernel/fs/ext4/ext4.ko", "kernel/fs/jbd2/jbd2.ko"], await ResolveAsync("ext4\n"));

    [Fact]
    public async Task Resolve_SoftDependencyThatIsMissing_IsLeftOut() =>
        Assert.Equal(["kernel/drivers/nvme/host/nvme.ko"], await ResolveAsync("nvme\n"));

    [Fact]
    public async Task Resolve_BuiltIntoTheKernel_NeedsNoFile() => Assert.Empty(await ResolveAsync("8250\n"));

    [Fact]
    public async Task Resolve_UnknownName_FailsAndNamesTheLine()
    {
        var (exitCode, _, error) = await RunAsync("nvme\nvirtio_nte\n");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("line 2: 'virtio_nte'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_UnknownNameWithQuestionMark_IsAllowed() =>
        Assert.Equal(["kernel/drivers/nvme/host/nvme.ko"], await ResolveAsync("nvme\n?e1000e\n"));

    private async Task<string[]> ResolveAsync(string drivers)
    {
        var (exitCode, output, error) = await RunAsync(drivers);
        Assert.True(exitCode == 0, error);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(string drivers) => HostProgram.RunAsync(
        TimeSpan.FromMinutes(2),
        [
            "awk", "-f", Path.Combine(Repository.Root, "initramfs", "resolve-modules.awk"),
            _folder.Write("modules.builtin", Builtin), _folder.Write("modules.softdep", Soft), _folder.Write("modules.dep", Hard),
            _folder.Write("site.list", drivers),
        ]);
}
