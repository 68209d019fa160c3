using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Init;

/// <summary>The kernel's file systems at their usual places.</summary>
internal static class BaseMounts
{
    private const ulong Plain = FileSystems.NoSetUid | FileSystems.NoDevices | FileSystems.NoExecute;

    /// <summary>What is mounted already is left alone; what cannot be mounted is said on the console, and the next thing that misses it fails.</summary>
    public static void Mount()
    {
        // devtmpfs first: .NET aborts without /dev/urandom as soon as it wants a random number.
        Mount("devtmpfs", "/dev", FileSystems.NoSetUid, "mode=0755");
        Mount("proc", "/proc", Plain, null);
        Mount("sysfs", "/sys", Plain, null);
        Mount("tmpfs", "/run", FileSystems.NoSetUid | FileSystems.NoDevices, "mode=0755");
        Mount("tmpfs", "/tmp", FileSystems.NoSetUid | FileSystems.NoDevices, "mode=1777");
        Mount("devpts", "/dev/pts", FileSystems.NoSetUid | FileSystems.NoExecute, "mode=0620");
    }

    private static void Mount(string kind, string target, ulong flags, string? data)
    {
        Directory.CreateDirectory(target);
        var error = FileSystems.Mount(kind, target, kind, flags, data);
        if (error is not (0 or Libc.EBUSY))
            Log.Line($"init: cannot mount {kind} at {target}: {Libc.Describe(error)}");
    }
}
