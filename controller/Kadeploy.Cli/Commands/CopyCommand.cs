using System.CommandLine;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Api.Exec;
using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy copy: a file to nodes whatever they run: by a broadcast where an agent listens, over SSH into installed systems.</summary>
internal static class CopyCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "File of this machine" };

    private static readonly Option<string> Out = new("--out") { Description = "Absolute path on the nodes; the file is there whole or not at all", HelpName = "PATH", Required = true };

    public static Command Create(GlobalOptions global)
    {
        var nodes = new NodeOptions();
        var options = new ExecOptions("3600");
        var watch = new WatchOptions();
        var command = new Command("copy", "Write a file into nodes: by a broadcast where their agents run, over SSH into installed systems") { File, Out };
        nodes.AddTo(command);
        options.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            if (!nodes.Read(run).TryGet(out var set, out var failure))
                return run.Fail(failure);
            if (!(await run.Client.NodesAsync(set, cancel)).TryGet(out var known, out failure))
                return run.Fail(failure);
            var codes = new List<int>();
            foreach (var way in known.Nodes.GroupBy(n => n.Agent is { Connected: true, OnHost: not true }).OrderByDescending(g => g.Key))
                codes.Add(way.Key ? await BroadcastAsync(run, watch, Names(way), cancel) : await CopyAsync(run, options, way, cancel));
            return codes.Distinct().Count() == 1 ? codes[0] : codes.Contains(ExitCode.Interrupted) ? ExitCode.Interrupted : ExitCode.Partial;
        });
        return command;
    }

    private static string Names(IEnumerable<NodeInfo> nodes) => string.Join(',', nodes.Select(n => n.Name));

    private static async Task<int> BroadcastAsync(Invocation run, WatchOptions watch, string nodes, CancellationToken cancel)
    {
        if (!(await BroadcastCommand.UploadAsync(run, run.Get(File), cancel)).TryGet(out var sent, out var failure))
            return run.Fail(failure);
        var request = new StartBroadcast(nodes, run.Get(Out)!, null, sent.Id, false, Path.GetFileName(run.Get(File)));
        return (await run.Client.BroadcastAsync(request, cancel)).TryGet(out var started, out failure)
            ? await watch.Watcher(run, new BroadcastOperation(run.Client)).WatchAsync(started.Id, NodeFiles.None)
            : run.Fail(failure);
    }

    private static async Task<int> CopyAsync(Invocation run, ExecOptions options, IEnumerable<NodeInfo> nodes, CancellationToken cancel)
    {
        if (!(await BroadcastCommand.UploadAsync(run, run.Get(File), cancel)).TryGet(out var sent, out var failure))
            return run.Fail(failure);
        using var progress = new ExecProgress(nodes.Select(n => n.Name), TimeProvider.System);
        var request = new StartCopy(Names(nodes), sent.Id, run.Get(Out)!, options.Timeout(run), options.Window(run));
        var ended = await run.Client.CopyAsync(request, progress.Ended, cancel);
        progress.Clear();
        return CommandTable.Report(run, ended, progress.Results);
    }
}
