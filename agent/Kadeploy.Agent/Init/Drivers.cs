using Kadeploy.Agent.Processes;

namespace Kadeploy.Agent.Init;

/// <summary>
/// Loads the drivers of the devices that are there, as udev's coldplug would: every device's modalias goes to modprobe once. A driver brings
/// new devices (a controller its disks), so it is repeated until nothing new shows up.
/// </summary>
/// <param name="seen">Kinds of device (modalias) that modprobe has been given before.</param>
internal sealed class Drivers(ProcessRunner runner, string sys, IEnumerable<string> seen)
{
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromSeconds(60);

    private readonly HashSet<string> _seen = [.. seen];

    public IReadOnlyCollection<string> Seen => _seen;

    /// <summary>Returns how many new kinds of device were handed to modprobe.</summary>
    public int LoadAll()
    {
        var total = 0;
        while (Load(Collect(sys)) is > 0 and var count)
            total += count;
        return total;
    }

    /// <summary>The same for devices that the kernel has just announced; those seen before are skipped.</summary>
    public int Load(IEnumerable<string> aliases)
    {
        var fresh = aliases.Where(_seen.Add).ToList();
        if (fresh.Count == 0)
            return 0;
        // -a: all arguments are modules; -q: most devices need none, and that is no error.
        var result = runner.Run(new ProcessRequest(Tools.Modprobe, ["-a", "-q", .. fresh], LoadDeadline));
        if (result.TimedOut || result.ExitCode < 0)
            Log.Line($"drivers: {result.Describe()}");
        return fresh.Count;
    }

    /// <summary>/sys/bus/*/devices/*/modalias: every device with a driver to find, without walking the whole tree.</summary>
    internal static List<string> Collect(string sys)
    {
        var aliases = new List<string>();
        if (!Directory.Exists($"{sys}/bus"))
            return aliases;
        foreach (var bus in Directory.EnumerateDirectories($"{sys}/bus"))
        {
            if (!Directory.Exists($"{bus}/devices"))
                continue;
            foreach (var device in Directory.EnumerateFileSystemEntries($"{bus}/devices"))
                if (Text($"{device}/modalias") is { Length: > 0 } alias)
                    aliases.Add(alias);
        }
        return aliases;
    }

    private static string? Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (IOException)
        {
            // The device has gone.
            return null;
        }
    }
}
