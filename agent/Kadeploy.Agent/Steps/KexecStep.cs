using Kadeploy.Agent.Boot;
using Kadeploy.Agent.Disks;
using Kadeploy.Agent.Linux;
using Kadeploy.Agent.Processes;

namespace Kadeploy.Agent.Steps;

/// <summary>
/// Starts the installed kernel without going through the firmware: (1) mount if an earlier step has unmounted, (2) load, (3) unmount, and once
/// the controller has the result, (4) start. kexec(8).
/// </summary>
internal sealed class KexecStep(
    Workshop workshop, DiskSelector selector, uint rootPartition, string kernel, string initrd, string parameters) : IStep
{
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromMinutes(2);

    public string Title => $"kexec {kernel}";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        // 1
        if (workshop.Target.Mounted is null
            && await new MountStep(workshop, selector, rootPartition, "").RunAsync(progress, cancellation) is StepFailed unmounted)
            return unmounted;
        var target = workshop.Target;
        if (!target.Paths.IsFile(kernel))
            return new StepFailed(Party.Image, "no-kernel", $"the installed system has no kernel {kernel}");
        if (initrd.Length > 0 && !target.Paths.IsFile(initrd))
            return new StepFailed(Party.Image, "no-initrd", $"the installed system has no initrd {initrd}");
        if (await workshop.Blkid.ProbeAsync(target.Mounted!.Device, cancellation) is not { } root)
            return new StepFailed(Party.Disk, "no-file-system", $"blkid knows nothing on {target.Mounted.Device}");
        // 2
        var commandLine = KernelParameters.For(parameters, root, initrd.Length > 0);
        progress($"kexec --load {kernel}");
        string[] withInitrd = initrd.Length > 0 ? [$"--initrd={target.Paths.Resolve(initrd)}"] : [];
        var loaded = await workshop.Runner.RunAsync(
            new ProcessRequest(Tools.Kexec, ["--load", target.Paths.Resolve(kernel)!, .. withInitrd, $"--command-line={commandLine}"], LoadDeadline),
            cancellation);
        if (!loaded.Succeeded)
            return new StepFailed(loaded.ExitCode < 0 ? Party.Agent : Party.Kernel, "kexec-load-failed", loaded.Describe());
        // 3
        if (await target.UnmountAsync(cancellation) is { } busy)
            return busy;
        return new StepDone(
            new Dictionary<string, string> { ["boot-id"] = workshop.BootId, ["kernel-parameters"] = commandLine },
            Start);
    }

    // 4
    private void Start()
    {
        Log.Line($"kexec: starting {kernel}");
        FileSystems.Sync();
        var result = workshop.Runner.Run(new ProcessRequest(Tools.Kexec, ["--exec"], TimeSpan.FromMinutes(1)));
        // Only a failure comes back. The controller waits for the new system in vain until its deadline; a power cycle is its way out.
        Log.Line($"kexec: {result.Describe()}");
    }
}
