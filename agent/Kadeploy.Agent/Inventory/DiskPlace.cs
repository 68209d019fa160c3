using System.Text.RegularExpressions;

namespace Kadeploy.Agent.Inventory;

/// <summary>
/// What a disk's place in the tree of buses says, after udev's path_id (systemd, src/udev/udev-builtin-path_id.c) for the buses that servers
/// boot from. Two disks never get the same name; a disk on a bus that is not known here gets none.
/// </summary>
internal static partial class DiskPlace
{
    /// <param name="place">Real path in sysfs: ".../pci0000:00/0000:00:05.0/virtio1/block/vda".</param>
    public static string Transport(string place) =>
        place.Contains("/nvme/") ? "nvme"
        : place.Contains("/virtio") ? "virtio"
        : place.Contains("/usb") ? "usb"
        : place.Contains("/mmc_host/") ? "mmc"
        : AtaPort().IsMatch(place) ? "sata"
        : place.Contains("/end_device-") ? "sas"
        : place.Contains("/rport-") ? "fc"
        : place.Contains("/session") ? "iscsi"
        : ScsiAddress().IsMatch(place) ? "scsi"
        : "";

    /// <summary>Names under /dev/disk/by-path; SAS and Fibre Channel, whose names come from the far end's address, have none here.</summary>
    public static IReadOnlyList<string> ByPath(string place)
    {
        if (PciDevice().Matches(place) is not { Count: > 0 } devices)
            return [];
        var pci = $"pci-{devices[^1].Groups[1].Value}";
        return Transport(place) switch
        {
            "virtio" when ScsiAddress().Match(place) is { Success: true } scsi => [$"{pci}-scsi-{Scsi(scsi)}"],
            // udev keeps the second name for those who wrote it down before 2014.
            "virtio" => [pci, $"virtio-{pci}"],
            "nvme" when MachineRoot.Read($"{place}/nsid") is { Length: > 0 } space => [$"{pci}-nvme-{space}"],
            "sata" when ScsiAddress().Match(place) is { Success: true } scsi => Ata(pci, place, scsi),
            "scsi" when ScsiAddress().Match(place) is { Success: true } scsi => [$"{pci}-scsi-{Scsi(scsi)}"],
            _ => [],
        };
    }

    // ataN counts over all controllers; the port's number on its own controller is an attribute.
    private static string[] Ata(string pci, string place, Match scsi)
    {
        var port = AtaPort().Match(place);
        var number = MachineRoot.Read($"{place[..port.Index]}/ata{port.Groups[1].Value}/ata_port/ata{port.Groups[1].Value}/port_no");
        if (number.Length == 0)
            return [];
        // Behind a port multiplier the bus tells disks apart; else master and slave are the target.
        var (bus, target) = (scsi.Groups[2].Value, scsi.Groups[3].Value);
        return [bus != "0" ? $"{pci}-ata-{number}.{bus}.0" : $"{pci}-ata-{number}.{target}", $"{pci}-ata-{number}"];
    }

    // The host number depends on the order of probing; udev counts the hosts of one controller instead, and almost all have one.
    private static string Scsi(Match address) =>
        $"0:{address.Groups[2].Value}:{address.Groups[3].Value}:{address.Groups[4].Value}";

    [GeneratedRegex(@"/([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?=/)")]
    private static partial Regex PciDevice();

    [GeneratedRegex(@"/ata(\d+)/")]
    private static partial Regex AtaPort();

    [GeneratedRegex(@"/(\d+):(\d+):(\d+):(\d+)(?=/|$)")]
    private static partial Regex ScsiAddress();
}
