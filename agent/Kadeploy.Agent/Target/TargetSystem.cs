using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Linux;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Target;

/// <summary>The system that is being installed: where its root file system is mounted, and from which partition.</summary>
internal sealed class TargetSystem(string folder, TimeProvider time)
{
    private static readonly TimeSpan BusyPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>"/mnt/target", mounted or not.</summary>
    public string Folder => folder;

    /// <summary>What is mounted there; null when nothing is.</summary>
    public MountedRoot? Mounted { get; private set; }

    public TargetPath Paths => new(folder);

    public StepFailed? Mount(BlockDevice disk, uint partition, string device, string kind)
    {
        Directory.CreateDirectory(folder);
        var error = FileSystems.Mount(device, folder, kind, FileSystems.NoAccessTime);
        if (error == Libc.ENODEV)
            return new StepFailed(Party.Kernel, "unknown-file-system", $"this kernel cannot mount {kind}: {Libc.Describe(error)}");
        if (error != 0)
            return new StepFailed(Party.Disk, "mount-failed", $"mount {device} at {folder} as {kind}: {Libc.Describe(error)}");
        Mounted = new MountedRoot(disk, partition, device, kind);
        return null;
    }

    /// <summary>Writes everything out and unmounts, from the innermost mount outwards; nothing mounted is no failure.</summary>
    public async Task<StepFailed?> UnmountAsync(CancellationToken cancellation)
    {
        FileSystems.Sync();
        foreach (var point in MountPoints.Below(File.ReadAllText("/proc/self/mounts"), folder))
            for (var started = time.GetTimestamp(); FileSystems.Unmount(point) is not 0 and var error;)
            {
                if (error == Libc.EINVAL)
                    break;
                if (error != Libc.EBUSY || time.GetElapsedTime(started) > BusyPatience)
                    return new StepFailed(Party.Agent, "target-busy", $"unmount {point}: {Libc.Describe(error)}; used by {MountPoints.Users(folder)}");
                await Task.Delay(Look, time, cancellation);
            }
        Mounted = null;
        return null;
    }
}
