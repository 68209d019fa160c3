using Kadeploy.Agent.Disks;
using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Processes;
using Kadeploy.Agent.Target;

namespace Kadeploy.Agent.Steps;

/// <summary>What steps work with. Made once by <see cref="Program"/>; tests make one over a folder of their own.</summary>
internal sealed record Workshop(
    MachineRoot Root, ProcessRunner Runner, DiskFinder Disks, DeviceNodes Nodes, Sfdisk Partitioner, Blkid Blkid,
    MakeFileSystem FileSystems, TargetSystem Target)
{
    /// <summary>boot.img, core.img and grubx64.efi of the initramfs.</summary>
    public string GrubFolder { get; init; } = "/usr/lib/kadeploy/grub";

    /// <summary>Scratch space in memory.</summary>
    public string RunFolder { get; init; } = "/run/kadeploy";

    /// <summary>Home of root in the deployment environment.</summary>
    public string RootHome { get; init; } = "/root";

    public IReadOnlyList<(int Unit, int Speed)> SerialConsoles { get; init; } = [];

    /// <summary>Ends this system; a test would not survive the real one.</summary>
    public Action Restart { get; init; } = () => _ = Linux.Machine.RestartNow();

    public static Workshop Make(MachineRoot root, string target, TimeProvider time)
    {
        var runner = new ProcessRunner();
        return new Workshop(
            root, runner, new DiskFinder(new BlockDevices(root), time), new DeviceNodes(root, time), new Sfdisk(runner), new Blkid(runner),
            new MakeFileSystem(runner), new TargetSystem(target, time));
    }

    public string BootId => MachineRoot.Read($"{Root.Proc}/sys/kernel/random/boot_id");

    /// <summary>The disk and the node of one of its partitions, once the kernel shows it.</summary>
    public async Task<Result<(BlockDevice Disk, string Device)>> PartitionAsync(
        DiskSelector selector, uint number, CancellationToken cancellation)
    {
        if ((await Disks.FindAsync(selector, cancellation)).Failed(out var failure, out var disk))
            return failure;
        var device = disk.Partition(number);
        if (await Nodes.WaitAsync(device, 0, cancellation) is { } missing)
            return missing;
        return (disk, device);
    }

    /// <summary>The installed system's root, which an earlier step has mounted.</summary>
    public Result<MountedRoot> MountedTarget() =>
        Target.Mounted is { } mounted
            ? mounted
            : new StepFailed(Party.Controller, "not-mounted", $"nothing is mounted at {Target.Folder}: a mount step comes first");
}
