using System.CommandLine;
using Kadeploy.Api.Exec;
using Kadeploy.Cli.Output;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy exec: a command on many nodes, equal answers folded.</summary>
internal static class ExecCommand
{
    private static readonly Argument<string[]> Words = new("COMMAND")
    {
        Description = "What a shell of root on each node reads; put -- before it, and quote what this machine's shell must not touch",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create(GlobalOptions global)
    {
        var nodes = new NodeOptions();
        var options = new ExecOptions("300");
        var command = new Command("exec", "Run a command on nodes: in the deployment environment through their agents, on installed systems over SSH") { Words };
        nodes.AddTo(command);
        options.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            if (!nodes.Read(run).TryGet(out var set, out var failure))
                return run.Fail(failure);
            if (!(await run.Client.NodesAsync(set, cancel)).TryGet(out var known, out failure))
                return run.Fail(failure);
            var request = new RunCommand(set, string.Join(' ', run.Get(Words)), options.Timeout(run), options.Window(run));
            using var progress = new ExecProgress(known.Nodes.Select(n => n.Name), TimeProvider.System);
            var ended = await run.Client.ExecAsync(request, progress.Ended, cancel);
            progress.Clear();
            return CommandTable.Report(run, ended, progress.Results);
        });
        return command;
    }
}
