using Kadeploy.Agent.Boot;
using Kadeploy.Agent.Disks;
using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Target;

namespace Kadeploy.Agent.Steps;

/// <summary>
/// Makes the disk boot the installed system: (1) the kernel must be there, (2) the configuration onto the root file system, (3) the loader
/// where this firmware looks for it.
/// </summary>
internal sealed class BootLoaderStep(Workshop workshop, string kernel, string initrd, string parameters) : IStep
{
    public string Title => $"boot loader for {kernel}";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        // 1
        if (workshop.MountedTarget().Failed(out var failure, out var mounted))
            return failure;
        var paths = workshop.Target.Paths;
        if (!paths.IsFile(kernel))
            return new StepFailed(Party.Image, "no-kernel", $"the installed system has no kernel {kernel}");
        if (initrd.Length > 0 && !paths.IsFile(initrd))
            return new StepFailed(Party.Image, "no-initrd", $"the installed system has no initrd {initrd}");
        if (await workshop.Blkid.ProbeAsync(mounted.Device, cancellation) is not { Uuid.Length: > 0 } root)
            return new StepFailed(Party.Disk, "no-file-system", $"the root file system on {mounted.Device} has no UUID");
        // 2
        progress(GrubConfig.Path);
        var commandLine = KernelParameters.For(parameters, root, initrd.Length > 0);
        var text = GrubConfig.Text(root.Uuid, kernel, initrd, commandLine, SerialConsole(commandLine));
        new TargetFiles(paths).WriteText(GrubConfig.Path, text);
        // 3
        progress(workshop.Root.IsUefi ? "GRUB for UEFI" : "GRUB for BIOS");
        var partitions = DiskPartitions.Of(workshop.Root, mounted.Disk);
        var uninstalled = workshop.Root.IsUefi
            ? await InstallEfiAsync(partitions, cancellation)
            : await InstallBiosAsync(mounted.Disk, partitions, cancellation);
        return uninstalled is not null
            ? uninstalled
            : new StepDone(new Dictionary<string, string> { ["root-uuid"] = root.Uuid, ["kernel-parameters"] = commandLine });
    }

    private async Task<StepFailed?> InstallEfiAsync(IReadOnlyList<DiskPartition> partitions, CancellationToken cancellation)
    {
        foreach (var partition in partitions)
            if (await workshop.Blkid.ProbeAsync(partition.Device, cancellation) is { IsEsp: true } esp)
                return esp.Kind == "vfat"
                    ? EfiPartition.Install(partition.Device, $"{workshop.RunFolder}/esp", await File.ReadAllBytesAsync($"{workshop.GrubFolder}/grubx64.efi", cancellation))
                    : new StepFailed(Party.Disk, "no-file-system", $"the EFI system partition {partition.Device} is not formatted");
        return new StepFailed(Party.Controller, "bad-layout", "this machine boots by UEFI and its disk has no EFI system partition");
    }

    private async Task<StepFailed?> InstallBiosAsync(BlockDevice disk, IReadOnlyList<DiskPartition> partitions, CancellationToken cancellation)
    {
        if (disk.SectorBytes != GrubBios.SectorBytes)
            return new StepFailed(Party.Disk, "unbootable-disk", $"GRUB for BIOS needs sectors of 512 bytes; {disk} has {disk.SectorBytes}");
        var (start, room) = await CorePlaceAsync(partitions, cancellation);
        if (room == 0)
            return new StepFailed(Party.Controller, "bad-layout", $"{disk.Path} has no room for GRUB: neither a BIOS boot partition nor, with mbr, a gap before the first partition");
        return GrubBios.Install(
            disk.Path,
            await File.ReadAllBytesAsync($"{workshop.GrubFolder}/boot.img", cancellation),
            await File.ReadAllBytesAsync($"{workshop.GrubFolder}/core.img", cancellation),
            start, room);
    }

    /// <summary>The BIOS boot partition of a GPT; of an MBR disk the gap between the table and the first partition.</summary>
    private async Task<(ulong Start, ulong Room)> CorePlaceAsync(IReadOnlyList<DiskPartition> partitions, CancellationToken cancellation)
    {
        var gpt = false;
        foreach (var partition in partitions)
        {
            var signature = await workshop.Blkid.ProbeAsync(partition.Device, cancellation);
            if (signature?.PartitionType == "21686148-6449-6e6f-744e-656564454649")
                return (partition.Start, partition.Sectors);
            gpt |= signature?.PartitionType.Length == 36;
        }
        var first = partitions.Count == 0 ? 0UL : partitions.Min(partition => partition.Start);
        return gpt || first < 2 ? (0UL, 0UL) : (1UL, first - 1);
    }

    // What the installed system uses, else what this one does: the operator watches the same line.
    private (int, int)? SerialConsole(string commandLine) =>
        KernelCommandLine.Parse(commandLine).SerialConsoles is { Count: > 0 } own ? own[0]
        : workshop.SerialConsoles is { Count: > 0 } present ? present[0]
        : null;
}
