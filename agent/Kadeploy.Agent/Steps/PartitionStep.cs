using Kadeploy.Agent.Disks;

namespace Kadeploy.Agent.Steps;

/// <summary>
/// Partitions the disk: (1) choose it, (2) let go of it, (3) plan, (4) write the table, (5) wait for the kernel, (6) format the ESP, which is
/// part of the layout and of no interest to anyone else.
/// </summary>
internal sealed class PartitionStep(Workshop workshop, DiskSelector selector, string table, IReadOnlyList<PartitionRequest> requests) : IStep
{
    // FAT32 needs 65,525 clusters (Microsoft's FAT specification, 3.5): 33 MiB in clusters of one sector.
    private const ulong SmallestFat32 = 34 << 20;

    public string Title => $"partition {selector}";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        // 1
        if ((await workshop.Disks.FindAsync(selector, cancellation)).Failed(out var failure, out var disk))
            return failure;
        // 2
        if (await workshop.Target.UnmountAsync(cancellation) is { } busy)
            return busy;
        // 3
        if (PartitionLayout.Plan(table, requests, workshop.Root.IsUefi, disk.SizeBytes, disk.SectorBytes).Failed(out failure, out var layout))
            return failure;
        // 4
        progress($"sfdisk {disk.Path}");
        if (await workshop.Partitioner.WriteAsync(disk, layout, cancellation) is { } unwritten)
            return unwritten;
        foreach (var partition in layout.Partitions)
        {
            // 5
            var node = disk.Partition(partition.Number);
            if (await workshop.Nodes.WaitAsync(node, partition.Sectors * disk.SectorBytes / 512, cancellation) is { } unseen)
                return unseen;
            // 6
            if (partition.Role != PartitionRole.Esp)
                continue;
            string[] options = partition.Sectors * disk.SectorBytes >= SmallestFat32 ? ["-F", "32"] : [];
            progress($"mkfs.vfat {node}");
            if (await workshop.FileSystems.RunAsync(node, "vfat", "ESP", options, cancellation) is { } unformatted)
                return unformatted;
        }
        return new StepDone(DiskFacts.Of(disk));
    }
}
