using System.Globalization;
using Kadeploy.Agent.Disks;
using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Linux;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Tests.Steps;

/// <summary>
/// A machine with one disk, which is a file behind a loop device. What the kernel and devtmpfs would show of it and of its partitions is made
/// in folders of the test: the kernels that tests run on do not all look for partitions on loop devices.
/// </summary>
internal sealed class FakeMachine : IDisposable
{
    private readonly List<LoopDevice> _loops = [];
    private readonly bool _uefi;

    public FakeMachine(long diskBytes, bool uefi = false)
    {
        _uefi = uefi;
        DiskFile = Folder["disk.img"];
        var disk = LoopDevice.Make(DiskFile, diskBytes);
        _loops.Add(disk);
        Folder.Write("sys/block/vda/size", $"{diskBytes / 512}\n");
        Folder.Write("sys/block/vda/serial", "disk-1\n");
        Folder.Link("dev/vda", disk.Path);
        if (uefi)
            Directory.CreateDirectory(Folder["sys/firmware/efi"]);
        Folder.Write("proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n");
        Workshop = Workshop.Make(new MachineRoot(Folder["sys"], Folder["proc"], Folder["dev"]), Folder["target"], TimeProvider.System) with
        {
            RunFolder = Folder["run"],
            RootHome = Folder["home"],
        };
    }

    public TemporaryFolder Folder { get; } = new();

    public string DiskFile { get; }

    public Workshop Workshop { get; }

    public string Target => Workshop.Target.Folder;

    /// <summary>Shows the partitions of a layout, as the kernel does once the table is written.</summary>
    public void Show(IReadOnlyList<PartitionRequest> requests)
    {
        var disk = new FileInfo(DiskFile).Length;
        foreach (var partition in PartitionLayout.Plan("gpt", requests, _uefi, (ulong)disk, 512).Value!.Partitions)
        {
            var loop = LoopDevice.Of(DiskFile, (long)partition.Start * 512, (long)partition.Sectors * 512);
            _loops.Add(loop);
            var name = $"vda{partition.Number}";
            Folder.Link($"dev/{name}", loop.Path);
            foreach (var (attribute, value) in new[] { ("partition", partition.Number), ("start", partition.Start), ("size", partition.Sectors) })
                Folder.Write($"sys/block/vda/{name}/{attribute}", string.Create(CultureInfo.InvariantCulture, $"{value}\n"));
            Folder.Link($"sys/class/block/{name}", Folder[$"sys/block/vda/{name}"]);
        }
    }

    public void Dispose()
    {
        _ = FileSystems.Unmount(Target, FileSystems.Detach);
        for (var i = _loops.Count - 1; i >= 0; i--)
            _loops[i].Dispose();
        Folder.Dispose();
    }
}
