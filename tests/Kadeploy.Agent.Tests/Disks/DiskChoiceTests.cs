using Kadeploy.Agent.Disks;
using Kadeploy.Agent.Inventory;

namespace Kadeploy.Agent.Tests.Disks;

public sealed class DiskChoiceTests
{
    private const ulong Gigabyte = 1_000_000_000;

    private static readonly BlockDevice Sata = new("sda", "/dev/sda", 500 * Gigabyte)
    {
        Serial = "S3Z1NB0K",
        Wwn = "0x5000c500a1b2c3d4",
        Transport = "sata",
        Links = ["/dev/disk/by-path/pci-0000:00:1f.2-ata-1.0"],
    };

    private static readonly BlockDevice Nvme = new("nvme0n1", "/dev/nvme0n1", 1000 * Gigabyte) { Serial = "S64HNE0R", Wwn = "eui.0025388b01234567", Transport = "nvme" };
    private static readonly BlockDevice Stick = new("sdb", "/dev/sdb", 32 * Gigabyte) { Serial = "AA01", Removable = true, Transport = "usb" };
    private static readonly BlockDevice UsbDisk = new("sdc", "/dev/sdc", 2000 * Gigabyte) { Serial = "WX11", Transport = "usb" };
    private static readonly BlockDevice Locked = new("sdd", "/dev/sdd", 500 * Gigabyte) { Serial = "RO01", ReadOnly = true, Transport = "sata" };

    [Fact]
    public void Choose_OneFixedDisk_NeedsNoHint() => Assert.Equal(Sata, Choose(new(), Sata, Stick, UsbDisk, Locked));

    [Fact]
    public void Choose_TwoFixedDisks_IsAmbiguousWithoutHint() => Fails("ambiguous-disk", new(), Sata, Nvme);

    [Fact]
    public void Choose_OnlyRemovableDisks_FindsNone() => Fails("no-such-disk", new(), Stick, UsbDisk);

    [Fact]
    public void Choose_NoDisk_FindsNone() => Fails("no-such-disk", new());

    [Theory]
    [InlineData("/dev/sda", "", "")]
    [InlineData("/dev/disk/by-path/pci-0000:00:1f.2-ata-1.0", "", "")]
    [InlineData("", "s3z1nb0k", "")]
    [InlineData("", "", "0x5000C500A1B2C3D4")]
    [InlineData("", "", "naa.5000c500a1b2c3d4")]
    [InlineData("", "", "5000c500a1b2c3d4")]
    [InlineData("/dev/sda", "S3Z1NB0K", "0x5000c500a1b2c3d4")]
    public void Choose_Hint_NamesItsDisk(string path, string serial, string wwn) =>
        Assert.Equal(Sata, Choose(new(path, serial, wwn), Nvme, Sata));

    [Theory]
    [InlineData("/dev/sdz", "", "")]
    [InlineData("", "S3Z1", "")]
    [InlineData("", "", "0x5000c500a1b2c3d5")]
    [InlineData("/dev/sda", "S64HNE0R", "")]
    public void Choose_HintThatNothingMatches_NeverFallsBackToTheOnlyDisk(string path, string serial, string wwn) =>
        Fails("no-such-disk", new(path, serial, wwn), Sata);

    [Fact]
    public void Choose_RemovableDiskThatIsNamed_IsTaken() => Assert.Equal(Stick, Choose(new("/dev/sdb"), Sata, Stick));

    [Fact]
    public void Choose_ReadOnlyDiskThatIsNamed_Fails() => Fails("disk-read-only", new("/dev/sdd"), Sata, Locked);

    [Fact]
    public void Choose_MinimumSize_TellsTwoDisksApart() => Assert.Equal(Nvme, Choose(new(MinimumBytes: 800 * Gigabyte), Sata, Nvme));

    [Fact]
    public void Choose_NamedDiskBelowMinimum_IsTooSmallAndNotReplaced() =>
        Fails("disk-too-small", new("/dev/sda", MinimumBytes: 800 * Gigabyte), Sata, Nvme);

    [Fact]
    public void Choose_TwoDisksOfOneSerial_IsAmbiguous() => Fails("ambiguous-disk", new(Serial: "S3Z1NB0K"), Sata, Sata with { Name = "sde", Path = "/dev/sde" });

    [Fact]
    public void Choose_Failure_ListsWhatIsThere()
    {
        var failure = DiskChoice.Choose(new("/dev/sdz"), [Sata, Stick]).Failure;

        Assert.Contains("/dev/sda", failure!.Detail);
        Assert.Contains("removable", failure.Detail);
    }

    [Theory]
    [InlineData("/dev/vda", "/dev/vda3")]
    [InlineData("/dev/nvme0n1", "/dev/nvme0n1p3")]
    [InlineData("/dev/mmcblk0", "/dev/mmcblk0p3")]
    [InlineData("/dev/sdab", "/dev/sdab3")]
    public void Partition_NameThatEndsInADigit_GetsAP(string disk, string expected) =>
        Assert.Equal(expected, new BlockDevice("x", disk, 1).Partition(3));

    private static BlockDevice? Choose(DiskSelector selector, params BlockDevice[] disks) => DiskChoice.Choose(selector, disks).Value;

    private static void Fails(string reason, DiskSelector selector, params BlockDevice[] disks)
    {
        var result = DiskChoice.Choose(selector, disks);

        Assert.Null(result.Value);
        Assert.Equal(("disk", reason), (result.Failure!.Party, result.Failure.Reason));
    }
}
