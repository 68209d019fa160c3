using Kadeploy.Agent.Inventory;

namespace Kadeploy.Agent.Tests.Inventory;

public sealed class BlockDevicesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void List_VirtioDisk_IsDescribed()
    {
        Add("vda", "pci0000:00/0000:00:05.0/virtio1", 2_097_152, ("serial", "disk-1\n"), ("queue/rotational", "1\n"));

        var disk = Assert.Single(List());

        Assert.Equal(("vda", 1UL << 30, "disk-1", "virtio", true), (disk.Name, disk.SizeBytes, disk.Serial, disk.Transport, disk.Rotational));
        Assert.Equal(["/dev/disk/by-path/pci-0000:00:05.0", "/dev/disk/by-path/virtio-pci-0000:00:05.0"], disk.Links);
    }

    [Fact]
    public void List_NvmeDisk_IsDescribed()
    {
        Add("nvme0n1", "pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0", 4_000_797_360, folder: "",
            ("wwid", "eui.0025388b01234567\n"), ("nsid", "1\n"), ("queue/logical_block_size", "4096\n"),
            ("device/model", "SAMSUNG MZQL21T9   \n"), ("device/serial", "S64HNE0R  \n"));

        var disk = Assert.Single(List());

        Assert.Equal(("SAMSUNG MZQL21T9", "S64HNE0R", "eui.0025388b01234567", "nvme", 4096u),
            (disk.Model, disk.Serial, disk.Wwn, disk.Transport, disk.SectorBytes));
        Assert.Equal(["/dev/disk/by-path/pci-0000:03:00.0-nvme-1"], disk.Links);
    }

    [Fact]
    public void List_SataDisk_HasItsSerialFromThePageAndItsPathFromThePort()
    {
        const string Port = "pci0000:00/0000:00:1f.2/ata3";
        Add("sda", $"{Port}/host2/target2:0:0/2:0:0:0", 1_000, ("device/wwid", "naa.5000c500a1b2c3d4\n"), ("device/vpd_pg80", "\0\u0080\0\u000a  WD-1234  "));
        _folder.Write($"sys/devices/{Port}/ata_port/ata3/port_no", "1\n");

        var disk = Assert.Single(List());

        Assert.Equal(("WD-1234", "0x5000c500a1b2c3d4", "sata"), (disk.Serial, disk.Wwn, disk.Transport));
        Assert.Equal(["/dev/disk/by-path/pci-0000:00:1f.2-ata-1.0", "/dev/disk/by-path/pci-0000:00:1f.2-ata-1"], disk.Links);
    }

    [Fact]
    public void List_WhatIsNoDisk_IsLeftOut()
    {
        Add("loop0", "virtual", 100);
        Add("sr0", "pci0000:00/0000:00:01.1/ata2/host1/target1:0:0/1:0:0:0", 100);
        Add("mmcblk0boot0", "platform/mmc_host/mmc0/mmc0:0001", 100);
        Add("sdb", "pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host4/target4:0:0/4:0:0:0", 0);
        Add("nvme0c0n1", "pci0000:00/0000:03:00.0/nvme/nvme0", 100, ("hidden", "1\n"));

        Assert.Empty(List());
    }

    [Fact]
    public void List_RemovableUsbDisk_SaysSo()
    {
        Add("sdb", "pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host4/target4:0:0/4:0:0:0", 100, ("removable", "1\n"), ("ro", "1\n"));

        var disk = Assert.Single(List());

        Assert.Equal(("usb", true, true), (disk.Transport, disk.Removable, disk.ReadOnly));
    }

    private IReadOnlyList<BlockDevice> List() => new BlockDevices(new MachineRoot(_folder["sys"], _folder["proc"], "/dev")).List();

    private void Add(string name, string place, ulong sectors, params (string Name, string Text)[] attributes) => Add(name, place, sectors, "block/", attributes);

    private void Add(string name, string place, ulong sectors, string folder, params (string Name, string Text)[] attributes)
    {
        var device = $"sys/devices/{place}/{folder}{name}";
        foreach (var (attribute, text) in attributes)
            if (attribute.StartsWith("device/", StringComparison.Ordinal))
                // One byte a character: the vital product data is no text.
                WriteBytes($"sys/devices/{place}/{attribute["device/".Length..]}", text);
            else
                _folder.Write($"{device}/{attribute}", text);
        _folder.Write($"{device}/size", $"{sectors}\n");
        Directory.CreateDirectory(_folder[$"sys/devices/{place}"]);
        _folder.Link($"{device}/device", _folder[$"sys/devices/{place}"]);
        _folder.Link($"sys/block/{name}", $"../devices/{place}/{folder}{name}");
    }

    private void WriteBytes(string name, string text)
    {
        _folder.Write(name, "");
        File.WriteAllBytes(_folder[name], [.. text.Select(c => (byte)c)]);
    }
}
