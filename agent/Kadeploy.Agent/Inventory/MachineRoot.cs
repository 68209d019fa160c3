namespace Kadeploy.Agent.Inventory;

/// <summary>Where the kernel's view of the machine is; tests hand in a folder made by themselves.</summary>
internal sealed record MachineRoot(string Sys = "/sys", string Proc = "/proc", string Dev = "/dev")
{
    public bool IsUefi => Directory.Exists($"{Sys}/firmware/efi");

    /// <summary>The text of an attribute without its line end; "" when it is absent, unreadable, or its device just left.</summary>
    public static string Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim('\n', '\0', ' ') : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public static ulong ReadNumber(string path) => ulong.TryParse(Read(path), out var value) ? value : 0;

    /// <summary>Where a path of sysfs really leads, symbolic links resolved: the place of a device in the tree of buses.</summary>
    public static string RealPath(string path)
    {
        var resolved = Path.GetFullPath(path);
        // Each component may be a link; sysfs links are relative and never loop.
        for (var start = 1; start > 0 && start < resolved.Length;)
        {
            var end = resolved.IndexOf('/', start);
            var prefix = end < 0 ? resolved : resolved[..end];
            if (new FileInfo(prefix).LinkTarget is { } target)
            {
                var rest = end < 0 ? "" : resolved[end..];
                resolved = Path.GetFullPath(target, Path.GetDirectoryName(prefix)!) + rest;
                start = 1;
            }
            else
                start = end < 0 ? -1 : end + 1;
        }
        return resolved;
    }
}
