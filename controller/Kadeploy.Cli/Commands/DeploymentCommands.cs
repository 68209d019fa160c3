using System.CommandLine;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy operation and kadeploy deployment: list, show, cancel, wait. The latter lists deployments only; every id is good for both.</summary>
internal static class DeploymentCommands
{
    public static Command Create(GlobalOptions global, string name) => new(
        name, name == "deployment" ? "The deployments: list, show, wait, cancel" : "Deployments, reboots and power operations: list, show, wait, cancel")
    {
        List(global, name),
        Show(global),
        Wait(global),
        Cancel(global),
    };

    private static Command List(GlobalOptions global, string name)
    {
        var active = new Option<bool>("--active") { Description = "Only those that still run" };
        var command = new Command("list", $"List the {name}s, newest first") { active };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.DeploymentsAsync(name == "deployment", run.Get(active), cancel)).TryGet(out var list, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(list, JsonOutput.Indented.DeploymentList);
            else if (list.Deployments.Count == 0)
                run.Terminal.Out.WriteLine(run.Get(active) ? $"No {name} is running." : $"No {name}s yet.");
            else
                DeploymentTable.Write(run.Terminal.Out, list.Deployments);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Show(GlobalOptions global)
    {
        var id = Id();
        var steps = new Option<bool>("--steps") { Description = "Every micro-step of every node with its time" };
        var command = new Command("show", "Show one deployment: verdicts, times, proofs, and why nodes failed") { id, steps };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await new DeploymentOperation(run.Client).GetAsync(run.Get(id), cancel)).TryGet(out var deployment, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(deployment, JsonOutput.Indented.DeploymentInfo);
            else
                DeploymentTable.WriteSheet(run.Terminal.Out, deployment, run.Get(steps));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Wait(GlobalOptions global)
    {
        var id = Id();
        var watch = new WatchOptions();
        var command = new Command("wait", "Watch a deployment until it ends; the exit code is that of 'deploy'") { id };
        watch.AddTo(command);
        global.Run(command, async (run, _) => watch.Check(run, noWait: false, "operation").TryGet(out var files, out var failure)
            ? await watch.WatchAsync(run, new DeploymentOperation(run.Client), run.Get(id), files)
            : run.Fail(failure));
        return command;
    }

    private static Command Cancel(GlobalOptions global)
    {
        var id = Id();
        var command = new Command("cancel", "Stop a running deployment; nodes that have their verdict keep it") { id };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await new DeploymentOperation(run.Client).CancelAsync(run.Get(id), cancel)).TryGet(out _, out var failure))
                return run.Fail(failure);
            return run.Done($"{run.Get(id)} is being cancelled; see: kadeploy deployment wait {run.Get(id)}");
        });
        return command;
    }

    private static Argument<string> Id() => new("ID") { Description = "Its id, as 'deploy', 'reboot', 'power' and 'list' print it" };
}
