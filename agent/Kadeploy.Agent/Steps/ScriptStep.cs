using Kadeploy.Agent.Processes;
using Kadeploy.Agent.Target;

namespace Kadeploy.Agent.Steps;

/// <summary>
/// Runs a script of the user or the site: (1) scratch folder, (2) archive unpacked into it or the text written, (3) run, in the deployment
/// environment with the installed system at $KADEPLOY_TARGET, or inside the installed system. The names of the variables are Kadeploy 3's.
/// </summary>
internal sealed class ScriptStep(Workshop workshop, ScriptRequest script) : IStep
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // The whole step's deadline governs; this one only bounds the unpacking.
    private static readonly TimeSpan UnpackDeadline = TimeSpan.FromMinutes(10);

    public string Title => $"script {script.Name}";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        // A script in the deployment environment may prepare a disk before anything is mounted.
        var mounted = workshop.Target.Mounted;
        if (script.Chroot && workshop.MountedTarget().Failed(out var unmounted, out _))
            return unmounted;
        // 1
        var inside = $"/tmp/kadeploy-{Guid.NewGuid():N}";
        var folder = script.Chroot ? workshop.Target.Paths.Resolve(inside)! : $"{workshop.RunFolder}{inside}";
        Directory.CreateDirectory(folder, Executable);
        try
        {
            // 2
            if (await UnpackAsync(folder, cancellation) is { } damaged)
                return damaged;
            if (Command(folder, script.Chroot ? inside : folder) is not { } command)
                return new StepFailed(Party.UserScript, "script-missing", $"{script.Name}: the archive has no {script.Script}");
            // 3
            progress($"script {script.Name}");
            var environment = new Dictionary<string, string>(script.Environment) { ["KADEPLOY_TARGET"] = script.Chroot ? "/" : workshop.Target.Folder };
            if (mounted is not null)
            {
                environment["KADEPLOY_BLOCK_DEVICE"] = mounted.Disk.Path;
                environment["KADEPLOY_DEPLOY_PART"] = mounted.Device;
                environment["KADEPLOY_DEPLOY_PART_NUM"] = $"{mounted.Partition}";
            }
            using var mounts = script.Chroot ? ChrootMounts.Make(workshop.Target.Paths) : null;
            var result = await workshop.Runner.RunAsync(
                script.Chroot
                    ? new ProcessRequest(Tools.Chroot, [workshop.Target.Folder, .. command], script.Deadline) { Environment = environment }
                    : new ProcessRequest(command[0], command[1..], script.Deadline) { Environment = environment, Folder = folder },
                cancellation);
            return result.Succeeded ? StepDone.Plain
                : new StepFailed(Party.UserScript, result.TimedOut ? "deadline" : "script-failed", $"{script.Name}: {Both(result)}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<StepFailed?> UnpackAsync(string folder, CancellationToken cancellation)
    {
        if (script.Archive.IsEmpty)
            return null;
        if (TarOption(script.Compression) is not { } option)
            return new StepFailed(Party.Controller, "unknown-compression", $"{script.Name}: '{script.Compression}' is none of none, gzip, bzip2, xz, zstd");
        var archive = $"{folder}.tar";
        try
        {
            await using (var file = new FileStream(archive, FileMode.Create))
                await file.WriteAsync(script.Archive, cancellation);
            var result = await workshop.Runner.RunAsync(
                new ProcessRequest(Tools.Tar, ["--extract", .. option, $"--file={archive}", $"--directory={folder}"], UnpackDeadline), cancellation);
            return result.Succeeded ? null : new StepFailed(Party.UserScript, "archive-damaged", $"{script.Name}: {result.Describe()}");
        }
        finally
        {
            File.Delete(archive);
        }
    }

    /// <summary>What to run: the named file of the archive with its arguments, or the text as a file of its own; null when it is not there.</summary>
    /// <param name="seen">The scratch folder as the script sees it.</param>
    private string[]? Command(string folder, string seen)
    {
        if (script.Archive.IsEmpty)
        {
            File.WriteAllText($"{folder}/script", script.Script);
            File.SetUnixFileMode($"{folder}/script", Executable);
            // A text without an interpreter of its own is a shell's, as execvp(3) would have it.
            return script.Script.StartsWith("#!", StringComparison.Ordinal) ? [$"{seen}/script"] : ["/bin/sh", $"{seen}/script"];
        }
        string[] words = [.. KernelCommandLine.Words(script.Script)];
        if (words.Length == 0 || new TargetPath(folder).Resolve(words[0]) is not { } file || !File.Exists(file))
            return null;
        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.UserExecute);
        return [$"{seen}{file[folder.Length..]}", .. words[1..]];
    }

    private static string[]? TarOption(string compression) => compression switch
    {
        "" or "none" => [],
        "gzip" => ["--gzip"],
        "bzip2" => ["--bzip2"],
        "xz" => ["--xz"],
        "zstd" => ["--zstd"],
        _ => null,
    };

    // A script's complaint may be on either.
    private static string Both(ProcessResult result) =>
        result.Output.Trim().Length > 0 && result.Error.Trim().Length > 0
            ? $"{result.Describe()}\n(standard output) {Tail(result.Output.Trim())}"
            : result.Describe();

    private static string Tail(string text) => text.Length <= 800 ? text : $"...{text[^800..]}";
}
