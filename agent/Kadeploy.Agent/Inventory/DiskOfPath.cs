namespace Kadeploy.Agent.Inventory;

/// <summary>The disk below a folder, by /proc/self/mountinfo (proc_pid_mountinfo(5)) and /sys/dev/block.</summary>
internal static class DiskOfPath
{
    /// <summary>Null when no disk of this machine is below it (tmpfs, NFS, device mapper over several), or when it cannot be told.</summary>
    public static BlockDevice? Find(MachineRoot root, string folder)
    {
        var mount = MachineRoot.Read($"{root.Proc}/self/mountinfo").Split('\n')
            .Select(line => line.Split(' '))
            .Where(fields => fields.Length > 4 && Holds(Unescape(fields[4]), folder))
            .MaxBy(fields => fields[4].Length);
        if (mount is null)
            return null;
        var place = MachineRoot.RealPath($"{root.Sys}/dev/block/{mount[2]}");
        // A partition's folder lies in its disk's.
        var disk = Directory.Exists(place) && File.Exists($"{place}/partition") ? Path.GetDirectoryName(place) : place;
        return new BlockDevices(root).List().FirstOrDefault(each => each.Name == Path.GetFileName(disk));
    }

    private static bool Holds(string mount, string folder) =>
        mount == "/" || folder == mount || folder.StartsWith($"{mount}/", StringComparison.Ordinal);

    // Blanks in paths are octal there.
    private static string Unescape(string text) => text.Replace("\\040", " ", StringComparison.Ordinal);
}
