using System.Text.Json.Nodes;

namespace Kadeploy.Machine.Tests.Initramfs;

/// <summary>What is in the boot files.</summary>
[Trait("category", "machine")]
public sealed class InitramfsContentTests(BuiltInitramfs built) : IClassFixture<BuiltInitramfs>
{
    [Fact]
    public async Task Build_VirtioDrivers_HoldsWhatTheAgentCalls()
    {
        var files = await CpioListing.ReadAsync(Path.Combine(built.Folder, "initramfs"));
        Assert.Equal(built.AgentSize, files["init"].Size);
        foreach (var program in File.ReadLines(Path.Combine(Repository.Root, "initramfs", "programs.list")).Where(line => line.StartsWith('/')))
        {
            var folder = program.Contains("/sbin/", StringComparison.Ordinal) ? "usr/sbin" : "usr/bin";
            Assert.Contains($"{folder}/{Path.GetFileName(program)}", files.Keys);
        }

        Assert.Superset(
            new HashSet<string>
            {
                "bin/busybox", "bin/sh", "sbin/udhcpc", "sbin/modprobe", "etc/udhcpc/default.script", "usr/lib64/ld-linux-x86-64.so.2",
                "usr/lib/kadeploy/grub/boot.img", "usr/lib/kadeploy/grub/core.img", "usr/lib/kadeploy/grub/grubx64.efi",
            },
            files.Keys.ToHashSet());
        // GRUB's first stage is one sector, and its second must fit a BIOS boot partition of 1 MiB.
        Assert.Equal(512, files["usr/lib/kadeploy/grub/boot.img"].Size);
        Assert.InRange(files["usr/lib/kadeploy/grub/core.img"].Size, 32 * 1024, 1024 * 1024);
        Assert.All(files.Values, file => Assert.Equal((0, 0), (file.Owner, file.Group)));
        Assert.Single(files.Values.Select(file => file.ModificationTime).Distinct());
    }

    [Fact]
    public async Task Build_Manifest_NamesEveryInputAndFile()
    {
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(built.Folder, "manifest.json")))!;
        Assert.Equal("virtio", (string?)manifest["driverSet"]);
        foreach (var name in new[] { "vmlinuz", "initramfs", "localboot.efi" })
            Assert.Equal(new FileInfo(Path.Combine(built.Folder, name)).Length, (long)manifest["files"]![name]!["bytes"]!);
        var inputs = manifest["inputs"]!.AsArray();
        Assert.All(inputs, input => Assert.Matches("^[0-9a-f]{64}$", (string?)input!["sha256"]));
        // One kernel only, the driver set's.
        Assert.Single(inputs, input => ((string)input!["package"]!).StartsWith("linux-image-", StringComparison.Ordinal));
    }
}
