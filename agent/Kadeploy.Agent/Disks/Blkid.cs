using Kadeploy.Agent.Processes;

namespace Kadeploy.Agent.Disks;

/// <summary>Reads what is on a partition with blkid(8), from the device itself, not from a cache.</summary>
internal sealed class Blkid(ProcessRunner runner)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Null when nothing that blkid knows is on it.</summary>
    public async Task<Signature?> ProbeAsync(string device, CancellationToken cancellation)
    {
        var result = await runner.RunAsync(new ProcessRequest(Tools.Blkid, ["-p", "-o", "export", device], Deadline), cancellation);
        if (!result.Succeeded)
            return null;
        var values = new Dictionary<string, string>();
        foreach (var line in result.Output.Split('\n'))
            if (line.IndexOf('=') is > 0 and var equals)
                values[line[..equals]] = line[(equals + 1)..];
        return new Signature(
            values.GetValueOrDefault("TYPE", ""), values.GetValueOrDefault("UUID", ""),
            values.GetValueOrDefault("PART_ENTRY_UUID", ""), values.GetValueOrDefault("PART_ENTRY_TYPE", ""));
    }
}
