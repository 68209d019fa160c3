namespace Kadeploy.Transfer;

/// <summary>Finds the serial number of the disk that a path lies on, in sysfs(5).</summary>
public static class DiskSerial
{
    /// <summary>
    /// The serial of the disk that is, or holds, a device, file or directory; empty when there is none (memory, network, a virtual disk without
    /// one) or it cannot be found. Does not throw.
    /// </summary>
    public static string Of(string path)
    {
        try
        {
            return In("/sys", File.ReadAllLines("/proc/self/mountinfo"), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    internal static string In(string sys, IReadOnlyList<string> mounts, string path)
    {
        var full = (Path.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);
        var device = Path.Combine(sys, "class/block", Path.GetFileName(full));
        if (!full.StartsWith("/dev/", StringComparison.Ordinal) || !Directory.Exists(device))
            device = Path.Combine(sys, "dev/block", Holder(mounts, full));
        if (File.Exists(Path.Combine(device, "partition")) && Directory.ResolveLinkTarget(device, returnFinalTarget: true) is { } partition)
            device = Path.GetDirectoryName(partition.FullName)!;
        // virtio says it at the disk, NVMe at its controller, SCSI and ATA in the unit serial number page of SPC-4, after a header of four bytes.
        foreach (var name in (string[])["serial", "device/serial", "device/vpd_pg80"])
        {
            var file = Path.Combine(device, name);
            if (!File.Exists(file))
                continue;
            var bytes = File.ReadAllBytes(file).AsSpan();
            var text = System.Text.Encoding.ASCII.GetString(name.EndsWith("pg80", StringComparison.Ordinal) && bytes.Length > 4 ? bytes[4..] : bytes);
            if (text.Trim().Trim('\0') is { Length: > 0 } serial)
                return serial;
        }
        return "";
    }

    // major:minor of the file system that holds the path: third field of proc(5) mountinfo, the fifth is where it is mounted.
    private static string Holder(IReadOnlyList<string> mounts, string path)
    {
        var (best, device) = ("", "none");
        foreach (var line in mounts)
        {
            var fields = line.Split(' ');
            var at = fields[4].Replace("\\040", " ", StringComparison.Ordinal);
            if (at.Length >= best.Length && (path == at || path.StartsWith(at.TrimEnd('/') + '/', StringComparison.Ordinal)))
                (best, device) = (at, fields[2]);
        }
        return device;
    }
}
