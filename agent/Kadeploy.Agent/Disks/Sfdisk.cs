using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Processes;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Disks;

/// <summary>Writes partition tables with sfdisk(8), and removes what was on the disk before with wipefs(8).</summary>
internal sealed class Sfdisk(ProcessRunner runner)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public async Task<StepFailed?> WriteAsync(BlockDevice disk, PartitionLayout layout, CancellationToken cancellation)
    {
        // Both copies of a former GPT and any signature of the whole disk; sfdisk's own --wipe leaves RAID and LVM members alone.
        var wiped = await runner.RunAsync(new ProcessRequest(Tools.Wipefs, ["--all", "--force", disk.Path], Deadline), cancellation);
        if (!wiped.Succeeded)
            return new StepFailed(Party.Disk, "wipe-failed", wiped.Describe());
        var written = await runner.RunAsync(
            new ProcessRequest(Tools.Sfdisk, ["--wipe", "always", "--wipe-partitions", "always", disk.Path], Deadline)
            {
                Input = layout.Script(disk.Path),
            },
            cancellation);
        return written.Succeeded ? null
            : written.ExitCode < 0 ? new StepFailed(Party.Agent, "tool-missing", written.Describe())
            : new StepFailed(Party.Disk, "partition-failed", written.Describe());
    }
}
