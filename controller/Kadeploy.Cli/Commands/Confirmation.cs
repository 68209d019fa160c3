using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>Asks before running machines are taken down, when it is about several.</summary>
internal static class Confirmation
{
    /// <summary>Null to go on, else the exit code.</summary>
    public static async Task<int?> AskAsync(Invocation run, string what, string set, CancellationToken cancel)
    {
        if (!(await run.Client.NodesAsync(set, cancel)).TryGet(out var list, out var unknown))
            return run.Fail(unknown);
        if (list.Nodes.Count <= 1)
            return null;
        var question = $"{what} {list.Nodes.Count} nodes: {NodeNames.Fold(list.Nodes.Select(n => n.Name))}";
        if (!run.Terminal.CanAsk)
            return run.Fail(Failure.Usage($"would {question}; nobody can be asked here, so say --yes"));
        if (run.Terminal.Confirm($"Really {question}?"))
            return null;
        run.Terminal.Error.WriteLine("kadeploy: nothing was done");
        return ExitCode.Failure;
    }
}
