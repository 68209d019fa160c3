using Kadeploy.Agent.Disks;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Tests.Steps;

/// <summary>Partition, format, mount and unmount with the real programs, on a file.</summary>
public sealed class DiskStepsTests
{
    private const long MiB = 1 << 20;

    private static readonly DiskSelector AnyDisk = new();

    internal static readonly PartitionRequest[] Layout =
    [
        new(1, PartitionRole.BiosBoot, 1 << 20, "bios"),
        new(1, PartitionRole.Esp, 40 << 20, "esp"),
        new(2, PartitionRole.Swap, 8 << 20, "swap"),
        new(3, PartitionRole.Root, 0, "root"),
    ];

    [Fact]
    public async Task Partition_BiosMachine_WritesTheLayoutOntoTheDisk()
    {
        using var machine = new FakeMachine(128 * MiB);
        machine.Show(Layout);

        var done = await new PartitionStep(machine.Workshop, AnyDisk, "gpt", Layout).DoneAsync();

        var table = TestProgram.Run("sfdisk", "", "--dump", machine.DiskFile).Split('\n').Where(line => line.Contains("start=")).ToList();
        Assert.Equal(3, table.Count);
        Assert.Matches("""1 : start= *2048, size= *2048, type=21686148-6449-6E6F-744E-656564454649, uuid=.*, name="bios"$""", table[0]);
        Assert.Matches("""2 : start= *4096, size= *16384, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F, uuid=.*, name="swap"$""", table[1]);
        Assert.Matches("""3 : start= *20480, size= *239616, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=.*, name="root"$""", table[2]);
        Assert.Equal("disk-1", done.Facts["disk-serial"]);
        Assert.EndsWith("/dev/vda", done.Facts["disk-path"]);
    }

    [Fact]
    public async Task Partition_WithoutSwap_KeepsRootAsThree()
    {
        using var machine = new FakeMachine(128 * MiB);
        PartitionRequest[] layout = [.. Layout.Where(each => each.Role != PartitionRole.Swap)];
        machine.Show(layout);

        await new PartitionStep(machine.Workshop, AnyDisk, "gpt", layout).DoneAsync();

        Assert.Contains("disk.img3 :", TestProgram.Run("sfdisk", "", "--dump", machine.DiskFile));
        Assert.DoesNotContain("disk.img2 :", TestProgram.Run("sfdisk", "", "--dump", machine.DiskFile));
    }

    [Fact]
    public async Task Partition_UefiMachine_FormatsTheEspAsFat32()
    {
        using var machine = new FakeMachine(128 * MiB, uefi: true);
        machine.Show(Layout);

        await new PartitionStep(machine.Workshop, AnyDisk, "gpt", Layout).DoneAsync();

        var esp = TestProgram.Run("blkid", "", "-p", "-o", "export", $"{machine.Folder["dev/vda1"]}");
        Assert.Contains("TYPE=vfat", esp);
        Assert.Contains("VERSION=FAT32", esp);
        Assert.Contains("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", TestProgram.Run("sfdisk", "", "--dump", machine.DiskFile), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Partition_DiskThatWasUsedBefore_IsCleaned()
    {
        using var machine = new FakeMachine(128 * MiB);
        TestProgram.Run("mkfs.ext4", "", "-q", "-F", machine.Folder["dev/vda"]);
        machine.Show(Layout);

        await new PartitionStep(machine.Workshop, AnyDisk, "gpt", Layout).DoneAsync();

        Assert.DoesNotContain("ext4", TestProgram.Run("wipefs", "", machine.DiskFile));
    }

    [Fact]
    public async Task Partition_DiskThatIsTooSmall_LeavesItAlone()
    {
        using var machine = new FakeMachine(20 * MiB);
        TestProgram.Run("mkfs.ext4", "", "-q", "-F", machine.Folder["dev/vda"]);

        var failed = await new PartitionStep(machine.Workshop, AnyDisk, "gpt", Layout).FailsAsync();

        Assert.Equal(("disk", "disk-too-small"), (failed.Party, failed.Reason));
        Assert.Contains("ext4", TestProgram.Run("wipefs", "", machine.DiskFile));
    }

    [Fact]
    public async Task FormatMountUnmount_RootPartition_HoldsFiles()
    {
        using var machine = new FakeMachine(128 * MiB);
        machine.Show(Layout);

        var formatted = await new FormatStep(machine.Workshop, AnyDisk, 3, "ext4", "root", []).DoneAsync();
        var mounted = await new MountStep(machine.Workshop, AnyDisk, 3, "ext4").DoneAsync();
        File.WriteAllText($"{machine.Target}/file", "content");
        await new MountStep(machine.Workshop, AnyDisk, 3, "").DoneAsync();
        Assert.True(File.Exists($"{machine.Target}/file"));
        await new UnmountStep(machine.Workshop).DoneAsync();

        Assert.Equal(formatted.Facts["uuid"], mounted.Facts["root-uuid"]);
        Assert.False(File.Exists($"{machine.Target}/file"));
        TestProgram.Run("e2fsck", "", "-f", "-n", machine.Folder["dev/vda3"]);
        Assert.Null(machine.Workshop.Target.Mounted);
    }

    [Fact]
    public async Task Format_PartitionThatIsMounted_IsUnmountedFirst()
    {
        using var machine = new FakeMachine(128 * MiB);
        machine.Show(Layout);
        await new FormatStep(machine.Workshop, AnyDisk, 3, "ext4", "", []).DoneAsync();
        await new MountStep(machine.Workshop, AnyDisk, 3, "ext4").DoneAsync();
        File.WriteAllText($"{machine.Target}/file", "content");

        await new FormatStep(machine.Workshop, AnyDisk, 3, "ext2", "", []).DoneAsync();
        await new MountStep(machine.Workshop, AnyDisk, 3, "").DoneAsync();

        Assert.False(File.Exists($"{machine.Target}/file"));
    }

    [Theory]
    [InlineData("swap", 2, "TYPE=swap")]
    [InlineData("ext3", 3, "TYPE=ext3")]
    [InlineData("vfat", 3, "TYPE=vfat")]
    public async Task Format_Kind_IsWhatBlkidFinds(string kind, uint partition, string expected)
    {
        using var machine = new FakeMachine(128 * MiB);
        machine.Show(Layout);

        await new FormatStep(machine.Workshop, AnyDisk, partition, kind, "LABEL", []).DoneAsync();

        var found = TestProgram.Run("blkid", "", "-p", "-o", "export", machine.Folder[$"dev/vda{partition}"]);
        Assert.Contains(expected, found);
        Assert.Contains("LABEL=LABEL", found);
    }

    [Fact]
    public async Task Format_UnknownKindOrOption_Fails()
    {
        using var machine = new FakeMachine(128 * MiB);
        machine.Show(Layout);

        var unknown = await new FormatStep(machine.Workshop, AnyDisk, 3, "zfs", "", []).FailsAsync();
        var refused = await new FormatStep(machine.Workshop, AnyDisk, 3, "ext4", "", ["--no-such-option"]).FailsAsync();

        Assert.Equal(("controller", "unknown-file-system"), (unknown.Party, unknown.Reason));
        Assert.Equal("format-failed", refused.Reason);
        Assert.Contains("no-such-option", refused.Detail);
    }

    [Fact]
    public async Task Mount_EmptyPartition_SaysSo()
    {
        using var machine = new FakeMachine(128 * MiB);
        machine.Show(Layout);

        Assert.Equal("no-file-system", (await new MountStep(machine.Workshop, AnyDisk, 3, "ext4").FailsAsync()).Reason);
    }

    [Fact]
    public async Task Unmount_TargetInUse_NamesTheProcess()
    {
        using var machine = new FakeMachine(128 * MiB);
        machine.Show(Layout);
        await new FormatStep(machine.Workshop, AnyDisk, 3, "ext4", "", []).DoneAsync();
        await new MountStep(machine.Workshop, AnyDisk, 3, "ext4").DoneAsync();
        using var user = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sleep", ["1000"]) { WorkingDirectory = machine.Target })!;

        var failed = await new UnmountStep(machine.Workshop).FailsAsync();
        user.Kill();
        user.WaitForExit();

        Assert.Equal("target-busy", failed.Reason);
        Assert.Contains($"{user.Id} (sleep)", failed.Detail);
        await new UnmountStep(machine.Workshop).DoneAsync();
    }
}
