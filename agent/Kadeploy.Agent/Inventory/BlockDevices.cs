using System.Text;

namespace Kadeploy.Agent.Inventory;

/// <summary>Finds the disks of this machine in sysfs, without udev.</summary>
internal sealed class BlockDevices(MachineRoot root)
{
    // Not disks that an operating system could be put on.
    private static readonly string[] Virtual = ["loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "mtdblock"];

    public IReadOnlyList<BlockDevice> List()
    {
        var folder = $"{root.Sys}/block";
        if (!Directory.Exists(folder))
            return [];
        return [.. Directory.EnumerateFileSystemEntries(folder)
            .Select(System.IO.Path.GetFileName)
            .Where(name => name is not null && IsDisk(name))
            .Select(name => Describe(name!))
            .Where(disk => disk.SizeBytes > 0)
            .OrderBy(disk => disk.Name.Length).ThenBy(disk => disk.Name, StringComparer.Ordinal)];
    }

    private bool IsDisk(string name) =>
        !Virtual.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
        // eMMC boot areas and the paths below an NVMe multipath head are not for us either.
        && !(name.StartsWith("mmcblk", StringComparison.Ordinal) && (name.Contains("boot") || name.Contains("rpmb")))
        && MachineRoot.Read($"{root.Sys}/block/{name}/hidden") != "1";

    private BlockDevice Describe(string name)
    {
        var device = $"{root.Sys}/block/{name}";
        var place = MachineRoot.RealPath(device);
        return new BlockDevice(name, $"{root.Dev}/{name}", MachineRoot.ReadNumber($"{device}/size") * 512)
        {
            SectorBytes = (uint)Math.Max(512, MachineRoot.ReadNumber($"{device}/queue/logical_block_size")),
            Model = MachineRoot.Read($"{device}/device/model"),
            Serial = SerialOf(device),
            Wwn = WwnOf(device),
            Rotational = MachineRoot.Read($"{device}/queue/rotational") == "1",
            Removable = MachineRoot.Read($"{device}/removable") == "1",
            ReadOnly = MachineRoot.Read($"{device}/ro") == "1",
            Transport = DiskPlace.Transport(place),
            Links = [.. DiskPlace.ByPath(place).Select(link => $"/dev/disk/by-path/{link}")],
        };
    }

    // virtio-blk: serial of the disk itself; NVMe: of its controller; SCSI and SATA: page 0x80 of the vital product data.
    private static string SerialOf(string device) =>
        MachineRoot.Read($"{device}/serial") is { Length: > 0 } virtio ? virtio
        : MachineRoot.Read($"{device}/device/serial") is { Length: > 0 } nvme ? nvme
        : UnitSerialNumber($"{device}/device/vpd_pg80");

    /// <summary>SPC-4, 7.8.15: a header of four bytes, of which the last two are the length of the ASCII serial number.</summary>
    private static string UnitSerialNumber(string path)
    {
        try
        {
            var page = File.Exists(path) ? File.ReadAllBytes(path) : [];
            var length = page.Length < 4 ? 0 : Math.Min(page.Length - 4, page[2] << 8 | page[3]);
            return Encoding.ASCII.GetString(page, Math.Min(4, page.Length), length).Trim(' ', '\0');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string WwnOf(string device)
    {
        var id = MachineRoot.Read($"{device}/wwid") is { Length: > 0 } own ? own : MachineRoot.Read($"{device}/device/wwid");
        return id.StartsWith("naa.", StringComparison.Ordinal) ? $"0x{id[4..]}"
            : id.StartsWith("eui.", StringComparison.Ordinal) || id.StartsWith("uuid.", StringComparison.Ordinal) ? id
            : "";
    }
}
