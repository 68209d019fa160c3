namespace Kadeploy.Agent.Inventory;

/// <summary>A whole disk, as sysfs describes it (Documentation/ABI/stable/sysfs-block).</summary>
/// <param name="Path">Its node, "/dev/vda".</param>
internal sealed record BlockDevice(string Name, string Path, ulong SizeBytes)
{
    public uint SectorBytes { get; init; } = 512;
    public string Model { get; init; } = "";
    public string Serial { get; init; } = "";

    /// <summary>udev's form: "0x5000c500a1b2c3d4", "eui.0025388b01234567"; empty when it has none.</summary>
    public string Wwn { get; init; } = "";

    public bool Rotational { get; init; }
    public bool Removable { get; init; }
    public bool ReadOnly { get; init; }

    /// <summary>The names udev would give it under /dev/disk/by-path.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>nvme, sata, virtio, usb, sas, fc, iscsi, mmc, scsi or "".</summary>
    public string Transport { get; init; } = "";

    /// <summary>The kernel puts a "p" between a name that ends in a digit and the number: vda3, nvme0n1p3, mmcblk0p3.</summary>
    public string Partition(uint number) =>
        char.IsAsciiDigit(Path[^1]) ? $"{Path}p{number}" : $"{Path}{number}";

    public override string ToString() =>
        $"{Path} ({SizeBytes / 1_000_000_000.0:0.0} GB{Word(Model)}{Word(Transport)}{Word(Serial, "serial ")}{(Removable ? ", removable" : "")}{(ReadOnly ? ", read-only" : "")})";

    private static string Word(string text, string label = "") => text.Length == 0 ? "" : $", {label}{text}";
}
