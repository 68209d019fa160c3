using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Progress;

/// <summary>The files of -o and -n: nodes that were deployed and nodes that were not, appended, one a line.</summary>
/// <param name="Good">File for deployed nodes, or null.</param>
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

    public Answer<Nothing> Write(DeploymentInfo deployment)
    {
        var good = deployment.NodeStates.Where(n => IsGood(n)).Select(n => n.Node);
        var bad = deployment.NodeStates.Where(n => !IsGood(n)).Select(n => n.Node);
        return Append(Good, "-o", good).TryGet(out _, out var failure) ? Append(Bad, "-n", bad) : failure;
    }

    // Stopped at a breakpoint is what was asked for, as Kadeploy3 has it.
    private static bool IsGood(NodeProgress node) => node.Verdict is NodeVerdict.Deployed or NodeVerdict.Done or NodeVerdict.Stopped;

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
