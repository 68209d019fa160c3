using System.Buffers.Binary;
using Kadeploy.Agent.Boot;

namespace Kadeploy.Agent.Tests.Boot;

/// <summary>Offsets are those of GRUB 2.06's include/grub/i386/pc/boot.h and what util/setup.c does with them.</summary>
public sealed class GrubBiosTests
{
    private const ulong CoreStart = 2048;

    private static readonly byte[] BootImage = Pattern(512, 0x11);
    private static readonly byte[] Present = Pattern(512, 0x77);

    [Fact]
    public void BootSector_AnyDisk_KeepsItsParameterBlockSignatureAndPartitions()
    {
        var sector = GrubBios.BootSector(BootImage, Present, CoreStart);

        Assert.Equal(Present[0x03..0x5a], sector[0x03..0x5a]);
        Assert.Equal(Present[440..510], sector[440..510]);
    }

    [Fact]
    public void BootSector_AnyDisk_IsOtherwiseBootImageWithThreePatches()
    {
        var sector = GrubBios.BootSector(BootImage, Present, CoreStart);

        Assert.Equal(CoreStart, BinaryPrimitives.ReadUInt64LittleEndian(sector.AsSpan(0x5c)));
        Assert.Equal(0xff, sector[0x64]);
        Assert.Equal([0x90, 0x90], sector[0x66..0x68]);
        Assert.Equal(BootImage[..0x03], sector[..0x03]);
        Assert.Equal(BootImage[0x5a..0x5c], sector[0x5a..0x5c]);
        Assert.Equal(BootImage[0x65], sector[0x65]);
        Assert.Equal(BootImage[0x68..440], sector[0x68..440]);
        Assert.Equal(BootImage[510..], sector[510..]);
    }

    [Fact]
    public void Core_AnyImage_LoadsAllButItsFirstSectorFromWhereItIs()
    {
        var image = Pattern(512 * 60 + 100, 0x22);
        // As grub-mkimage leaves it: one entry, and the zero length that ends the list.
        WriteBlock(image, 500, start: 1, length: 60, segment: 0x820);
        WriteBlock(image, 488, start: 0, length: 0, segment: 0);

        var core = GrubBios.Core(image, CoreStart).Value!;

        Assert.Equal(61 * 512, core.Length);
        Assert.Equal(CoreStart + 1, BinaryPrimitives.ReadUInt64LittleEndian(core.AsSpan(500)));
        Assert.Equal(60, BinaryPrimitives.ReadUInt16LittleEndian(core.AsSpan(508)));
        Assert.Equal(0x820, BinaryPrimitives.ReadUInt16LittleEndian(core.AsSpan(510)));
        Assert.Equal(image[..500], core[..500]);
        Assert.Equal(image[512..], core[512..image.Length]);
        Assert.All(core[image.Length..], padding => Assert.Equal(0, padding));
    }

    [Fact]
    public void Core_ListOfSeveralBlocks_IsCleanedOut()
    {
        var image = Pattern(512 * 4, 0x22);
        WriteBlock(image, 500, start: 7, length: 1, segment: 0x820);
        WriteBlock(image, 488, start: 9, length: 1, segment: 0x840);
        WriteBlock(image, 476, start: 0, length: 0, segment: 0);

        var core = GrubBios.Core(image, CoreStart).Value!;

        Assert.All(core[488..500], each => Assert.Equal(0, each));
        Assert.Equal(image[..476], core[..476]);
    }

    [Fact]
    public void Core_NoImage_IsAFailure() => Assert.Equal("grub-image-damaged", GrubBios.Core(new byte[100], CoreStart).Failure!.Reason);

    [Fact]
    public void Install_TooLittleRoom_WritesNothing()
    {
        using var folder = new TemporaryFolder();
        var disk = folder.Write("disk", "");
        File.WriteAllBytes(disk, new byte[1 << 20]);

        var failure = GrubBios.Install(disk, BootImage, Pattern(512 * 60, 0x22), CoreStart / 4, room: 59);

        Assert.Equal("bad-layout", failure!.Reason);
        Assert.All(File.ReadAllBytes(disk), each => Assert.Equal(0, each));
    }

    internal static byte[] Pattern(int length, byte seed) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + i / 256 + seed))];

    private static void WriteBlock(byte[] image, int at, ulong start, ushort length, ushort segment)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(at), start);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(at + 8), length);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(at + 10), segment);
    }
}
