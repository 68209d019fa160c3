using System.CommandLine;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Power;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy node power on|off|cycle|reset|status. What takes running machines down asks first when it is about several.</summary>
internal static class PowerCommand
{
    public static Command Create(GlobalOptions global)
    {
        var action = new Argument<string>("ACTION") { Description = "on, off, cycle (off and on), reset, or status" };
        action.AcceptOnlyFromAmong("on", "off", "cycle", "reset", "status");
        var soft = new Option<bool>("--soft") { Description = "Ask the operating system to (ACPI) instead of cutting the power; for off" };
        var yes = new Option<bool>("-y", "--yes") { Description = "Do not ask; needed for several nodes when nobody can be asked" };
        var nodes = new NodeOptions();
        var command = new Command("power", "Switch nodes on, off, off and on, reset them, or ask for their power state") { action, soft, yes };
        nodes.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            var what = Enum.Parse<PowerAction>(run.Get(action), ignoreCase: true);
            if (run.Get(soft) && what != PowerAction.Off)
                return run.Fail(Failure.Usage("--soft goes with off only"));
            if (!nodes.Read(run).TryGet(out var set, out var usage))
                return run.Fail(usage);
            if (what is PowerAction.Off or PowerAction.Cycle or PowerAction.Reset && !run.Get(yes))
            {
                if (!(await run.Client.NodesAsync(set, cancel)).TryGet(out var list, out var unknown))
                    return run.Fail(unknown);
                if (list.Nodes.Count > 1 && !MayGoOn(run, what, list.Nodes, out var refused))
                    return refused;
            }

            var request = new PowerRequest(set, what, run.Get(soft) ? PowerLevel.Soft : null);
            if (!(await run.Client.PowerAsync(request, cancel)).TryGet(out var answer, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(answer, JsonOutput.Indented.PowerAnswer);
            else
                Print(run.Terminal.Out, answer);
            return ExitCode.Of(answer.Results.Count(r => r.Ok), answer.Results.Count);
        });
        return command;
    }

    private static bool MayGoOn(Invocation run, PowerAction what, IReadOnlyList<NodeInfo> nodes, out int refused)
    {
        var question = $"{what.ToString().ToLowerInvariant()} {nodes.Count} nodes: {NodeNames.Fold(nodes.Select(n => n.Name))}";
        refused = ExitCode.Failure;
        if (!run.Terminal.CanAsk)
        {
            run.Fail(Failure.Usage($"would {question}; nobody can be asked here, so say --yes"));
            return false;
        }

        if (run.Terminal.Confirm($"Really {question}?"))
            return true;
        run.Terminal.Error.WriteLine("kadeploy: nothing was done");
        return false;
    }

    private static void Print(TextWriter output, PowerAnswer answer) => Columns.Write(
        output,
        ["NODE", "POWER", "RESULT"],
        answer.Results.Select(r => (IReadOnlyList<string>)
            [r.Node, r.Power ?? "", r.Ok ? "ok" : r.Error is { } e ? $"{e.Reason}: {e.Detail}" : "failed"]));
}
