using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
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

    private static readonly JsonSerializerOptions Indented = JsonOutput.Indented.Options;

    public static Command Create(GlobalOptions global)
    {
        var nodes = new NodeOptions();
        var options = new ExecOptions("3600");
        var watch = new WatchOptions();
        var command = new Command("copy", "Write a file into nodes: by a broadcast where their agents run, over SSH into installed systems") { File, Out };
        nodes.AddTo(command);
        options.AddTo(command);
        watch.AddPatienceTo(command);
        global.Run(command, async (run, cancel) =>
        {
            if (!nodes.Read(run).TryGet(out var set, out var failure) || !BroadcastCommand.Open(run.Get(File)).TryGet(out var content, out failure))
                return run.Fail(failure);
            await content.DisposeAsync();
            if (!(await run.Client.NodesAsync(set, cancel)).TryGet(out var known, out failure))
                return run.Fail(failure);
            var (agents, others) = (known.Nodes.Where(IsAgent).ToList(), known.Nodes.Where(n => !IsAgent(n)).ToList());
            if (!(await BroadcastCommand.UploadAsync(run, run.Get(File), cancel)).TryGet(out var sent, out failure))
                return run.Fail(failure);
            var (document, codes) = (new JsonObject(), new List<int>());
            // First what leaves the file there for the other.
            if (others.Count > 0)
                codes.Add(await PartAsync(run, document, "ssh", part => CopyAsync(part, options, others, sent.Id, keep: agents.Count > 0, cancel)));
            if (agents.Count > 0)
                codes.Add(await PartAsync(run, document, "broadcast", part => BroadcastAsync(part, watch, Names(agents), sent.Id, cancel)));
            if (run.Json)
                run.Terminal.Out.WriteLine(document.ToJsonString(Indented));
            return codes.Distinct().Count() == 1 ? codes[0] : codes.Contains(ExitCode.Interrupted) ? ExitCode.Interrupted : ExitCode.Partial;
        });
        return command;
    }

    private static bool IsAgent(NodeInfo node) => node.Agent is { Connected: true, OnHost: not true };

    private static string Names(IEnumerable<NodeInfo> nodes) => NodeNames.Fold(nodes.Select(n => n.Name));

    /// <summary>One of the two ways; with --json what it prints becomes a part of the one document.</summary>
    private static async Task<int> PartAsync(Invocation run, JsonObject document, string name, Func<Invocation, Task<int>> way)
    {
        if (!run.Json)
            return await way(run);
        await using var output = new StringWriter();
        var code = await way(run with { Terminal = new Terminal(json: true, output, run.Terminal.Error) });
        if (output.ToString() is { Length: > 0 } text)
            document[name] = JsonNode.Parse(text);
        return code;
    }

    private static async Task<int> BroadcastAsync(Invocation run, WatchOptions watch, string nodes, string upload, CancellationToken cancel)
    {
        var request = new StartBroadcast(nodes, run.Get(Out)!, null, upload, false, Path.GetFileName(run.Get(File)));
        using var interrupts = new Interrupts();
        if (!(await Starting.AnsweredAsync(run, run.Client.BroadcastAsync(request, cancel), interrupts, "kadeploy broadcast list --active")).TryGet(out var started, out var failure))
            return failure.Reason == Starting.Interrupted ? ExitCode.Interrupted : run.Fail(failure);
        return await watch.WatchAsync(run, new BroadcastOperation(run.Client), started.Id, NodeFiles.None, interrupts);
    }

    private static async Task<int> CopyAsync(Invocation run, ExecOptions options, IReadOnlyList<NodeInfo> nodes, string upload, bool keep, CancellationToken cancel)
    {
        using var progress = new ExecProgress(nodes.Select(n => n.Name), TimeProvider.System);
        var request = new StartCopy(Names(nodes), upload, run.Get(Out)!, options.Timeout(run), options.Window(run), keep ? true : null);
        var ended = await run.Client.CopyAsync(request, progress.Ended, cancel);
        progress.Clear();
        return CommandTable.Report(run, ended, progress.Results);
    }
}
