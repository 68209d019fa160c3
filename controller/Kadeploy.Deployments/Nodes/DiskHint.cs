namespace Kadeploy.Deployments.Nodes;

/// <summary>
/// Which disk of a node a deployment may write. All that is given must match, and exactly one disk may;
/// with nothing given the node must have exactly one fixed, writable disk. Never a fallback.
/// </summary>
/// <param name="Path">A device path, best <c>/dev/disk/by-path/…</c>.</param>
/// <param name="Serial">Serial number as the disk reports it.</param>
/// <param name="Wwn">World wide name.</param>
/// <param name="MinimumBytes">Smallest acceptable size in bytes, 0 for any.</param>
public sealed record DiskHint(string? Path = null, string? Serial = null, string? Wwn = null, long MinimumBytes = 0)
{
    /// <summary>No hint: the only disk.</summary>
    public static DiskHint Only { get; } = new();
}
