using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Target;

/// <summary>/dev, /proc and /sys inside the installed system while one of its own programs runs.</summary>
internal sealed class ChrootMounts : IDisposable
{
    private readonly List<string> _mounted = [];

    /// <summary>What cannot be mounted is missing for the program, and its failure says what it wanted.</summary>
    public static ChrootMounts Make(TargetPath paths)
    {
        var mounts = new ChrootMounts();
        mounts.Mount(paths, "/dev", point => FileSystems.Mount("/dev", point, null, FileSystems.Bind));
        mounts.Mount(paths, "/proc", point => FileSystems.Mount("proc", point, "proc", FileSystems.NoSetUid | FileSystems.NoDevices | FileSystems.NoExecute));
        mounts.Mount(paths, "/sys", point => FileSystems.Mount("/sys", point, null, FileSystems.Bind));
        return mounts;
    }

    public void Dispose()
    {
        for (var i = _mounted.Count - 1; i >= 0; i--)
            // A daemon that the program left behind must not keep the target from being unmounted.
            if (FileSystems.Unmount(_mounted[i]) != 0)
                _ = FileSystems.Unmount(_mounted[i], FileSystems.Detach);
    }

    private void Mount(TargetPath paths, string path, Func<string, int> mount)
    {
        new TargetFiles(paths).MakeFolder(path);
        if (paths.Resolve(path) is { } point && mount(point) == 0)
            _mounted.Add(point);
    }
}
