using Kadeploy.Agent.Disks;

namespace Kadeploy.Agent.Tests.Disks;

public sealed class PartitionLayoutTests
{
    private const ulong MiB = 1 << 20;

    private static readonly PartitionRequest[] Default =
    [
        new(1, PartitionRole.BiosBoot, MiB, "bios"),
        new(1, PartitionRole.Esp, 64 * MiB, "esp"),
        new(2, PartitionRole.Swap, 100 * MiB, "swap"),
        new(3, PartitionRole.Root, 0, "root"),
    ];

    [Fact]
    public void Script_GptForBios_IsThisText()
    {
        var layout = PartitionLayout.Plan("gpt", Default, uefi: false, 1024 * MiB, 512).Value!;

        Assert.Equal(
            """
            label: gpt
            unit: sectors

            /dev/vda1 : start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name="bios"
            /dev/vda2 : start=4096, size=204800, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F, name="swap"
            /dev/vda3 : start=208896, size=1886208, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="root"

            """, layout.Script("/dev/vda"));
    }

    [Fact]
    public void Plan_GptForUefi_HasTheEspInPlaceOfTheBiosBootPartition()
    {
        var layout = PartitionLayout.Plan("gpt", Default, uefi: true, 1024 * MiB, 512).Value!;

        Assert.Equal([PartitionRole.Esp, PartitionRole.Swap, PartitionRole.Root], layout.Partitions.Select(each => each.Role));
        Assert.Equal(64 * MiB / 512, layout.Partitions[0].Sectors);
    }

    [Fact]
    public void Script_Mbr_HasNoBiosBootPartitionAndAnActiveRoot()
    {
        var script = PartitionLayout.Plan("mbr", Default, uefi: false, 1024 * MiB, 512).Value!.Script("/dev/vda");

        Assert.Contains("label: dos", script);
        Assert.DoesNotContain("/dev/vda1", script);
        Assert.Contains("type=82", script);
        Assert.Contains("type=83, bootable", script);
        Assert.DoesNotContain("name=", script);
    }

    [Fact]
    public void Plan_LargeSectors_CountsInThem()
    {
        var layout = PartitionLayout.Plan("gpt", Default, uefi: true, 1024 * MiB, 4096).Value!;

        Assert.Equal((256UL, 64 * MiB / 4096), (layout.Partitions[0].Start, layout.Partitions[0].Sectors));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(115)]
    public void Plan_DiskThatLeavesNoRoot_IsTooSmall(ulong mebibytes)
    {
        var failure = PartitionLayout.Plan("gpt", Default, uefi: false, mebibytes * MiB, 512).Failure!;

        Assert.Equal(("disk", "disk-too-small"), (failure.Party, failure.Reason));
    }

    [Theory]
    [InlineData("bsd", 3, 0)]
    [InlineData("gpt", 2, 0)]
    [InlineData("gpt", 0, 0)]
    [InlineData("mbr", 5, 0)]
    public void Plan_ImpossibleLayout_IsTheControllersFault(string table, uint number, ulong size)
    {
        PartitionRequest[] requests = [new(2, PartitionRole.Swap, 16 * MiB), new(number, PartitionRole.Root, size)];

        Assert.Equal(("controller", "bad-layout"), Reason(table, requests));
    }

    [Fact]
    public void Plan_RestInTheMiddle_IsTheControllersFault() =>
        Assert.Equal(("controller", "bad-layout"), Reason("gpt", [new(2, PartitionRole.Root, 0), new(3, PartitionRole.Data, MiB)]));

    private static (string, string) Reason(string table, PartitionRequest[] requests)
    {
        var failure = PartitionLayout.Plan(table, requests, uefi: false, 1024 * MiB, 512).Failure!;
        return (failure.Party, failure.Reason);
    }
}
