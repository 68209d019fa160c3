namespace Kadeploy.Agent.Inventory;

/// <summary>Memory of this process in bytes, from /proc/self/status (proc_pid_status(5)).</summary>
/// <param name="Resident">What it holds now: VmRSS.</param>
/// <param name="Peak">The most it held since it started: VmHWM.</param>
internal sealed record ProcessMemory(ulong Resident, ulong Peak)
{
    public static ProcessMemory Read()
    {
        var status = MachineRoot.Read("/proc/self/status").Split('\n');
        return new(Kibibytes(status, "VmRSS:"), Kibibytes(status, "VmHWM:"));
    }

    // "VmHWM:	   23456 kB"
    private static ulong Kibibytes(string[] status, string key) =>
        status.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is { } line
        && ulong.TryParse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), out var value)
            ? value * 1024
            : 0;
}
