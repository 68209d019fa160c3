using Kadeploy.Agent.Steps;
using Kadeploy.Agent.Target;

namespace Kadeploy.Agent.Transfers;

/// <summary>
/// Where the files of a broadcast may come down. In the deployment environment, which the controller owns, anywhere; on an installed host below
/// one folder, whatever a path or a symbolic link in it says.
/// </summary>
/// <param name="folder">The host's folder, absolute; null in the deployment environment.</param>
internal sealed class Landing(string? folder)
{
    /// <summary>The path to write, without any symbolic link before its last component and with its folder there, or why there is none.</summary>
    /// <param name="path">As asked for; on a host relative to its folder, or absolute and below it.</param>
    /// <param name="directory">The path itself is to be a folder.</param>
    public Result<string> Prepare(string path, bool directory)
    {
        if (path.Length == 0 || path.Contains('\0') || path.EndsWith('/') && !directory)
            return new StepFailed(Party.User, "bad-path", $"'{path}' names no file");
        if (folder is null && !path.StartsWith('/'))
            return new StepFailed(Party.User, "bad-path", $"'{path}' is not absolute");
        if (Place(path, directory) is not { } place)
            return new StepFailed(Party.User, "path-not-allowed", $"{path} is not below {folder}: this agent writes nowhere else");
        try
        {
            Directory.CreateDirectory(directory ? place : Path.GetDirectoryName(place)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new StepFailed(Party.Disk, "write-failed", e.Message);
        }
        return !directory && Directory.Exists(place)
            ? new StepFailed(Party.User, "bad-path", $"{path} is a folder: name the file")
            : ResultOf.Value(place);
    }

    private string? Place(string path, bool directory)
    {
        if (folder is null)
            return Path.GetFullPath(path);
        var inside = !path.StartsWith('/') ? path
            : path.StartsWith($"{folder}/", StringComparison.Ordinal) ? path[(folder.Length + 1)..]
            : null;
        return inside is null || inside.Split('/').Contains("..") ? null : new TargetPath(folder).Resolve(inside, followLast: directory);
    }
}
