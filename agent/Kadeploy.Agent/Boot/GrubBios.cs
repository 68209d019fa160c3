using System.Buffers.Binary;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Boot;

/// <summary>
/// Puts GRUB's two images onto a disk for BIOS, as grub-bios-setup --no-rs-codes does (GRUB 2.06: util/setup.c, include/grub/i386/pc/boot.h):
/// boot.img is the boot sector and loads one sector, the first of core.img, which loads the rest by a list of blocks. Without chroot and
/// without the image's own GRUB, so that it works for every distribution.
/// </summary>
internal static class GrubBios
{
    public const int SectorBytes = 512;

    // GRUB_BOOT_MACHINE_*: BPB_START and _END, KERNEL_SECTOR, BOOT_DRIVE, DRIVE_CHECK, WINDOWS_NT_MAGIC, PART_END.
    private const int BpbStart = 0x03;
    private const int BpbEnd = 0x5a;
    private const int KernelSector = 0x5c;
    private const int BootDrive = 0x64;
    private const int DriveCheck = 0x66;
    private const int DiskSignature = 0x1b8;
    private const int PartitionTableEnd = 0x1fe;

    // The block list grows down from the end of core.img's first sector: start (8), length in sectors (2), segment (2).
    private const int BlockEntry = 12;
    private const int FirstBlock = SectorBytes - BlockEntry;

    // GRUB_BOOT_I386_PC_KERNEL_SEG + one sector: where the second sector of core.img is loaded.
    private const ushort SecondSectorSegment = 0x800 + (SectorBytes >> 4);

    /// <summary>The boot sector for a disk.</summary>
    /// <param name="bootImage">boot.img, 512 bytes.</param>
    /// <param name="present">The disk's first sector, of which the BIOS parameter block, the disk signature and the partition table stay.</param>
    /// <param name="coreStart">Sector at which core.img begins.</param>
    public static byte[] BootSector(ReadOnlySpan<byte> bootImage, ReadOnlySpan<byte> present, ulong coreStart)
    {
        var sector = bootImage.ToArray();
        present[BpbStart..BpbEnd].CopyTo(sector.AsSpan(BpbStart));
        present[DiskSignature..PartitionTableEnd].CopyTo(sector.AsSpan(DiskSignature));
        BinaryPrimitives.WriteUInt64LittleEndian(sector.AsSpan(KernelSector), coreStart);
        // The drive that the BIOS booted from...
        sector[BootDrive] = 0xff;
        // ...unless the BIOS is one of those that do not say a hard disk's: the jump over that check becomes two NOPs.
        sector[DriveCheck] = 0x90;
        sector[DriveCheck + 1] = 0x90;
        return sector;
    }

    /// <summary>core.img for a place on a disk.</summary>
    /// <returns>Whole sectors; a failure when the image is none of GRUB's.</returns>
    public static Result<byte[]> Core(ReadOnlySpan<byte> coreImage, ulong coreStart)
    {
        var sectors = (coreImage.Length + SectorBytes - 1) / SectorBytes;
        if (sectors < 2 || sectors - 1 > ushort.MaxValue)
            return new StepFailed(Party.Agent, "grub-image-damaged", $"core.img has {coreImage.Length} bytes");
        var core = new byte[sectors * SectorBytes];
        coreImage.CopyTo(core);
        // Clean out the block list that grub-mkimage made: entries go down until one of length 0.
        for (var entry = FirstBlock; entry > 0 && BinaryPrimitives.ReadUInt16LittleEndian(core.AsSpan(entry + 8)) != 0; entry -= BlockEntry)
            core.AsSpan(entry, BlockEntry).Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(FirstBlock), coreStart + 1);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(FirstBlock + 8), (ushort)(sectors - 1));
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(FirstBlock + 10), SecondSectorSegment);
        return core;
    }

    /// <summary>Writes both; core.img first, so that a machine that loses power in between boots what it booted before.</summary>
    /// <param name="room">Sectors that core.img may take.</param>
    public static StepFailed? Install(string disk, byte[] bootImage, byte[] coreImage, ulong coreStart, ulong room)
    {
        if (bootImage.Length != SectorBytes)
            return new StepFailed(Party.Agent, "grub-image-damaged", $"boot.img has {bootImage.Length} bytes instead of {SectorBytes}");
        if (Core(coreImage, coreStart).Failed(out var failure, out var core))
            return failure;
        if ((ulong)(core.Length / SectorBytes) > room)
            return new StepFailed(Party.Controller, "bad-layout", $"core.img needs {core.Length / SectorBytes} sectors at sector {coreStart}, there is room for {room}");
        using var file = new FileStream(disk, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1);
        var present = new byte[SectorBytes];
        file.ReadExactly(present);
        file.Position = (long)coreStart * SectorBytes;
        file.Write(core);
        file.Flush(flushToDisk: true);
        file.Position = 0;
        file.Write(BootSector(bootImage, present, coreStart));
        file.Flush(flushToDisk: true);
        return null;
    }
}
