using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Disks;

/// <summary>
/// Chooses the disk to write on. Exactly one must match: whatever is on it will be gone, so a disk that was not found is never replaced by
/// another one that is there.
/// </summary>
internal static class DiskChoice
{
    public static Result<BlockDevice> Choose(DiskSelector selector, IReadOnlyList<BlockDevice> disks)
    {
        var named = disks.Where(disk => Matches(selector, disk)).ToList();
        // A disk that somebody named may be a USB stick; one that nobody named must be a fixed one.
        var candidates = selector.NamesOne ? named : named.Where(IsFixed).ToList();
        var fitting = candidates.Where(disk => disk.SizeBytes >= selector.MinimumBytes).ToList();
        return (fitting.Count, candidates.Count) switch
        {
            (1, _) when fitting[0].ReadOnly => Failure("disk-read-only", $"{fitting[0]} is read-only"),
            (1, _) => fitting[0],
            (0, 0) => Failure("no-such-disk", $"no disk matches ({selector}); {Present(disks)}"),
            (0, _) => Failure("disk-too-small", $"{string.Join(", ", candidates)}: smaller than the {selector.MinimumBytes} bytes asked for"),
            _ => Failure("ambiguous-disk", $"{fitting.Count} disks match ({selector}): {string.Join(", ", fitting)}; name one by path, serial or WWN"),
        };
    }

    private static bool Matches(DiskSelector selector, BlockDevice disk) =>
        (selector.Path.Length == 0 || selector.Path == disk.Path || disk.Links.Contains(selector.Path))
        && (selector.Serial.Length == 0 || selector.Serial.Equals(disk.Serial, StringComparison.OrdinalIgnoreCase))
        && (selector.Wwn.Length == 0 || Bare(selector.Wwn).Equals(Bare(disk.Wwn), StringComparison.OrdinalIgnoreCase));

    private static bool IsFixed(BlockDevice disk) => disk is { Removable: false, ReadOnly: false } && disk.Transport != "usb";

    // The same number is written 0x5000..., naa.5000... and 5000... by different tools.
    private static string Bare(string wwn) =>
        wwn.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? wwn[2..]
        : wwn.StartsWith("naa.", StringComparison.OrdinalIgnoreCase) ? wwn[4..]
        : wwn;

    private static string Present(IReadOnlyList<BlockDevice> disks) =>
        disks.Count == 0 ? "this machine has no disk that its drivers show" : $"present: {string.Join(", ", disks)}";

    private static StepFailed Failure(string reason, string detail) => new(Party.Disk, reason, detail);
}
