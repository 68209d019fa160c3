using System.CommandLine;
using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy retry: a deployment again, for the nodes that failed.</summary>
internal static class RetryCommand
{
    public static Command Create(GlobalOptions global)
    {
        var id = new Argument<string>("ID") { Description = "Id of the deployment, as 'deploy' and 'deployment list' print it" };
        var failed = new Option<bool>("--failed") { Description = "Which nodes: those that failed or were cancelled. Must be said: the others are not touched" };
        var start = new StartOptions();
        var command = new Command("retry", "Deploy again, with the same environment and options, onto the nodes that failed") { id, failed };
        start.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            if (!run.Get(failed))
                return run.Fail(Failure.Usage($"say which nodes: kadeploy retry --failed {run.Get(id)} takes those that failed or were cancelled"));
            if (!start.Files(run).TryGet(out var files, out var failure))
                return run.Fail(failure);
            var request = new RetryDeployment(start.Force(run));
            return await start.RunAsync(
                run, $"deployment {{id}}: the nodes that failed in {run.Get(id)}", files,
                () => run.Client.RetryAsync(run.Get(id), request, cancel), () => run.Client.PlanRetryAsync(run.Get(id), request, cancel));
        });
        return command;
    }
}
