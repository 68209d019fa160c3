using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Progress;

/// <summary>The files of -o and -n: nodes that got what was wanted and nodes that did not, appended, one a line.</summary>
/// <param name="Good">File for good nodes, or null.</param>
/// <param name="Bad">File for the others, or null.</param>
internal sealed record NodeFiles(string? Good, string? Bad)
{
    public static NodeFiles None { get; } = new(null, null);

    /// <summary>Opens both before anything is started: a file that cannot be written is found now, not after the deployment.</summary>
    public Answer<Nothing> Check()
    {
        if (Good is not null && Bad is not null && Path.GetFullPath(Good) == Path.GetFullPath(Bad))
            return Failure.Usage($"-o and -n are the same file, {Good}");
        return Append(Good, "-o", []).TryGet(out _, out var failure) ? Append(Bad, "-n", []) : failure;
    }

    public Answer<Nothing> Write(IEnumerable<string> good, IEnumerable<string> bad) =>
        Append(Good, "-o", good).TryGet(out _, out var failure) ? Append(Bad, "-n", bad) : failure;

    private static Answer<Nothing> Append(string? path, string option, IEnumerable<string> nodes)
    {
        if (path is null)
            return Nothing.Value;
        try
        {
            File.AppendAllLines(path, nodes);
            return Nothing.Value;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Failure("node-file", $"{option} {path}: {e.Message}");
        }
    }
}
