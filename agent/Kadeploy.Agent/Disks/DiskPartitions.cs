using Kadeploy.Agent.Inventory;

namespace Kadeploy.Agent.Disks;

/// <summary>The kernel's partitions of a disk: the folders under /sys/block/DISK that have a number.</summary>
internal static class DiskPartitions
{
    public static IReadOnlyList<DiskPartition> Of(MachineRoot root, BlockDevice disk)
    {
        var folder = $"{root.Sys}/block/{disk.Name}";
        return [.. from path in Directory.EnumerateDirectories(folder)
            let number = (uint)MachineRoot.ReadNumber($"{path}/partition")
            where number > 0
            orderby number
            select new DiskPartition(
                number, disk.Partition(number), MachineRoot.ReadNumber($"{path}/start"), MachineRoot.ReadNumber($"{path}/size"))];
    }
}
