using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller;

/// <summary>
/// Tells the administrator's commands that operations have ended. The end and the hook that is due are written in one transaction, so that none is
/// forgotten when the controller dies; one that died in the middle is told again.
/// </summary>
internal sealed partial class HookLoop(
    ControllerConfiguration configuration, DeploymentJournal journal, SiteCommands commands, IHostApplicationLifetime lifetime, ILogger<HookLoop> log)
    : Loop(lifetime, log)
{
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var ended = journal.NextHook;
            foreach (var id in journal.AwaitingHooks())
            {
                // From the journal: the engine shows what it has written only afterwards.
                if (configuration.Hooks.Commands.Count > 0 && DeploymentHistory.Replay(journal.Load(id)) is { } operation && configuration.Hooks.Commands.TryGetValue(operation.Request.Kind, out var command))
                    await TellAsync(operation, command, stoppingToken);
                journal.HookDone(id);
            }
            await ended.WaitAsync(stoppingToken);
        }
    }

    private async Task TellAsync(DeploymentSnapshot operation, SiteCommand command, CancellationToken cancellationToken)
    {
        var good = operation.Nodes.Where(n => n.Verdict is Verdict.Deployed or Verdict.Done).Select(n => n.Node).ToList();
        var result = await commands.RunAsync(
            command,
            [.. operation.Nodes.Select(n => n.Node)],
            new Dictionary<string, string>
            {
                ["id"] = operation.Id,
                ["kind"] = operation.Request.Kind.ToString().ToLowerInvariant(),
                ["user"] = operation.Request.User,
                ["state"] = operation.CancelledBy is null ? "done" : "cancelled",
                ["good"] = NodeSet.Fold(good),
                ["bad"] = NodeSet.Fold(operation.Nodes.Select(n => n.Node).Except(good)),
            },
            configuration.Hooks.Timeout,
            cancellationToken);
        if (result.Succeeded)
            Told(log, operation.Id, command.Arguments[0]);
        else
            Failed(log, operation.Id, command.Arguments[0], result.TimedOut ? $"killed after {configuration.Hooks.Timeout.TotalSeconds:0} s" : $"exit code {result.ExitCode}, {result.LastWords}");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Operation}: hook {Program} done")]
    private static partial void Told(ILogger log, string operation, string program);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Operation}: hook {Program} failed: {Why}")]
    private static partial void Failed(ILogger log, string operation, string program, string why);
}
