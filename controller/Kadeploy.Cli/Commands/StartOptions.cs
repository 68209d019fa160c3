using System.CommandLine;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Operations;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Commands;

/// <summary>What every command that starts an operation has: --plan, --force, --no-wait, and how it is watched.</summary>
internal sealed class StartOptions
{
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Print the operation's id and return at once" };

    private readonly Option<bool> _plan = new("--plan") { Description = "Print what would be done, node by node and step by step, and touch nothing" };

    private readonly Option<bool> _force = new("--force") { Description = "Take nodes over from other operations; their part in those ends" };

    private readonly WatchOptions _watch = new();

    public void AddTo(Command command)
    {
        command.Add(_plan);
        command.Add(_force);
        _watch.AddTo(command);
        command.Add(_noWait);
    }

    /// <summary>True, or nothing: what is not asked for is not sent.</summary>
    public bool? Force(Invocation run) => run.Get(_force) ? true : null;

    /// <summary>Whether it only shows what would be done.</summary>
    public bool IsPlan(Invocation run) => run.Get(_plan);

    /// <summary>Checks what belongs together before anything is asked of the controller.</summary>
    public Answer<NodeFiles> Files(Invocation run) => run.Get(_plan) && !run.Get(_noWait) ? NodeFiles.None : _watch.Check(run, run.Get(_noWait), "operation");

    /// <summary>Starts the operation and watches it, or shows its plan.</summary>
    /// <param name="run">The command.</param>
    /// <param name="what">What was started, for a person.</param>
    /// <param name="files">Where good and bad nodes are written.</param>
    /// <param name="start">Starts it.</param>
    /// <param name="plan">Has it planned.</param>
    public async Task<int> RunAsync(
        Invocation run, string what, NodeFiles files, Func<Task<Answer<DeploymentStarted>>> start, Func<Task<Answer<PlannedOperation>>> plan)
    {
        if (run.Get(_plan))
        {
            if (!(await plan()).TryGet(out var planned, out var refused))
                return run.Fail(refused);
            if (run.Json)
                run.Terminal.Json(planned, JsonOutput.Indented.PlannedOperation);
            else
                PlanSheet.Write(run.Terminal.Out, planned);
            return ExitCode.Success;
        }

        using var interrupts = new Interrupts();
        if (!(await Starting.AnsweredAsync(run, start(), interrupts, "kadeploy operation list --active")).TryGet(out var started, out var failure))
            return failure.Reason == Starting.Interrupted ? ExitCode.Interrupted : run.Fail(failure);
        if (run.Get(_noWait))
        {
            if (run.Json)
                run.Terminal.Json(started, JsonOutput.Indented.DeploymentStarted);
            else
                run.Terminal.Out.WriteLine(started.Id);
            return ExitCode.Success;
        }

        if (!run.Json)
            run.Terminal.Out.WriteLine($"{what.Replace("{id}", started.Id, StringComparison.Ordinal)}");
        return await _watch.WatchAsync(run, new DeploymentOperation(run.Client), started.Id, files, interrupts);
    }
}
