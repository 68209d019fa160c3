using System.Globalization;

namespace Kadeploy.Agent.Target;

/// <summary>What is mounted under a folder, and who keeps it busy.</summary>
internal static class MountPoints
{
    /// <param name="mounts">Text of /proc/self/mounts (proc(5)): octal escapes for blanks, in the order of mounting.</param>
    /// <returns>The folder and what is below it, innermost and latest first.</returns>
    public static IReadOnlyList<string> Below(string mounts, string folder) =>
        [.. mounts.Split('\n').Select(line => line.Split(' ')).Where(fields => fields.Length > 1)
            .Select(fields => Unescape(fields[1]))
            .Where(point => point == folder || point.StartsWith($"{folder}/", StringComparison.Ordinal))
            .Reverse()];

    /// <summary>"412 (sshd), 500 (sh)": processes whose root, folder or program is inside; for a person.</summary>
    public static string Users(string folder)
    {
        var users = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            var id = Path.GetFileName(process);
            if (!int.TryParse(id, CultureInfo.InvariantCulture, out _))
                continue;
            if (new[] { "root", "cwd", "exe" }.Any(link => Inside($"{process}/{link}", folder)))
                users.Add($"{id} ({Inventory.MachineRoot.Read($"{process}/comm")})");
        }
        return users.Count == 0 ? "no process that shows it by its folder or program" : string.Join(", ", users.Take(10));
    }

    private static bool Inside(string link, string folder)
    {
        try
        {
            return new FileInfo(link).LinkTarget is { } target
                && (target == folder || target.StartsWith($"{folder}/", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The process has ended.
            return false;
        }
    }

    private static string Unescape(string text) =>
        text.Replace("\\040", " ").Replace("\\011", "\t").Replace("\\012", "\n").Replace("\\134", "\\");
}
