namespace Kadeploy.Controller.Configuration;

/// <summary>
/// How a node's disk is divided. Partition 1 is what the firmware needs (BIOS boot or ESP), 2 is swap or missing, 3 is root and takes the rest.
/// </summary>
/// <param name="Table"><c>gpt</c> or <c>mbr</c>.</param>
/// <param name="BiosBootBytes">Size of the BIOS boot partition on BIOS nodes.</param>
/// <param name="EspBytes">Size of the EFI system partition on UEFI nodes.</param>
/// <param name="SwapBytes">Size of the swap partition, 0 for none.</param>
internal sealed record DiskLayout(string Table, long BiosBootBytes, long EspBytes, long SwapBytes)
{
    public const int FirmwarePartition = 1;
    public const int SwapPartition = 2;
    public const int RootPartition = 3;

    public static DiskLayout Default { get; } = new("gpt", 1 << 20, 64 << 20, 0);
}
