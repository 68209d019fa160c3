using System.Globalization;

namespace Kadeploy.FleetAgents;

/// <summary>What a process has used, as the kernel counts it.</summary>
/// <param name="Processor">User and system time.</param>
/// <param name="PeakResidentBytes">The most memory that it ever had.</param>
internal sealed record Usage(TimeSpan Processor, long PeakResidentBytes)
{
    // proc(5): clock ticks, which are hundredths of a second on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    public static Usage Of(int pid)
    {
        var processor = ProcessorOf(pid) ?? throw new InvalidOperationException($"process {pid} has ended");
        var peak = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return new Usage(processor, long.Parse(peak, CultureInfo.InvariantCulture) * 1024);
    }

    /// <summary>User and system time of a process so far; null when it has ended.</summary>
    public static TimeSpan? ProcessorOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // Fields 14 and 15; the name in field 2 may have blanks.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>How many sockets it has open.</summary>
    public static int ConnectionsOf(int pid)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count();
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
