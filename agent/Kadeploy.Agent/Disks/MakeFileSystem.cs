using Kadeploy.Agent.Processes;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Disks;

/// <summary>mkfs.ext4(8) and its older kinds, mkfs.vfat(8), mkswap(8).</summary>
internal sealed class MakeFileSystem(ProcessRunner runner)
{
    /// <summary>The whole step's deadline governs; this one only bounds a tool that hangs.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(30);

    /// <summary>Null for a kind that is not one of ours.</summary>
    public static ProcessRequest? Request(string device, string kind, string label, IReadOnlyList<string> options) => kind switch
    {
        // -F: the device was chosen by the layout; nobody is there to be asked.
        "ext4" or "ext3" or "ext2" => new(
            Tools.MakeExt, ["-F", "-q", "-t", kind, .. Labelled("-L", label), .. options, device], Deadline),
        "vfat" => new(Tools.MakeFat, [.. Labelled("-n", label), .. options, device], Deadline),
        "swap" => new(Tools.MakeSwap, ["--force", .. Labelled("--label", label), .. options, device], Deadline),
        _ => null,
    };

    public async Task<StepFailed?> RunAsync(
        string device, string kind, string label, IReadOnlyList<string> options, CancellationToken cancellation)
    {
        if (Request(device, kind, label, options) is not { } request)
            return new StepFailed(Party.Controller, "unknown-file-system", $"'{kind}' is none of ext4, ext3, ext2, vfat, swap");
        var result = await runner.RunAsync(request, cancellation);
        return result.Succeeded ? null
            : result.ExitCode < 0 ? new StepFailed(Party.Agent, "tool-missing", result.Describe())
            : new StepFailed(Party.Disk, "format-failed", result.Describe());
    }

    private static string[] Labelled(string option, string label) => label.Length == 0 ? [] : [option, label];
}
