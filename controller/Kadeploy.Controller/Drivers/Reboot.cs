using System.Globalization;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// <c>reboot</c>. 1: what runs now is noted, so that it is not taken for what comes. 2: soft: the running system is asked, if it answers.
/// 3: hard: the BMC resets it. 4: very hard: the power is taken away. Done means that it was accepted; whether it happened is
/// <c>wait_reboot</c>'s to see, and the next attempt's to mend.
/// </summary>
internal sealed class Reboot(
    IPower power, LevelClimb climb, ArmingStore armings, AgentSessions sessions, AgentSteps steps, IRemoteShell shell, FirmwareKinds firmware, BootWatch watch,
    TimeProvider time) : IStepDriver
{
    private static readonly TimeSpan ShellTime = TimeSpan.FromSeconds(20);

    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        var former = new Dictionary<string, string?>();
        var ready = new List<Node>();
        var lockMe = new Lock();
        // 1
        await Task.WhenAll(execution.Nodes.Select(async node =>
        {
            var token = report.TokenOf(node.Name);
            try
            {
                var (go, bootId) = await PrepareAsync(execution, node, report, token);
                if (!go)
                {
                    report.Finished(node.Name, Outcome.Done.Plain);
                    return;
                }
                lock (lockMe)
                {
                    former[node.Name] = bootId;
                    ready.Add(node);
                }
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                report.LetGo(node.Name);
            }
        }));
        var left = execution with { Nodes = [.. execution.Nodes.Where(ready.Contains)] };
        if (left.Nodes.Count > 0)
            await climb.RunAsync(
                left, report, PowerCommand.Cycle, (node, level, token) => AtAsync(execution, node, level, former[node.Name], report, token),
                (node, token) => ReadyAsync(execution, node, report, token), node => DoneAsync(execution, node, former[node.Name]));
    }

    // Not to be rebooted any more, when this is done again after a restart of the controller: it has rebooted and is back.
    private async Task<(bool Go, string? Former)> PrepareAsync(StepExecution execution, Node node, IStepReport report, CancellationToken cancellationToken)
    {
        var session = sessions.OfNode(node.Name);
        var toDeployment = execution.Arguments.GetValueOrDefault("profile") == "deploy";
        if (toDeployment && session is not null && session.Identity.Arming == execution.Fact(node, FactNames.Arming))
            return (false, null);
        // The controller may have ended after a first reset, and the node have used its profile since: unarmed, it would boot its disk.
        if (toDeployment)
            await ArmAsync(execution, node);
        if (session is not null)
            return (true, session.BootId);
        if (!shell.Knows(node))
            return (true, null);
        report.Progress(node.Name, "asking its system for the boot id that is to go");
        return (true, await shell.BootIdAsync(node, cancellationToken));
    }

    private Task ArmAsync(StepExecution execution, Node node) => execution.Fact(node, FactNames.Arming) is { } arming
        ? armings.ArmAsync(new Arming(node.Name, execution.Deployment.Id, arming), execution.Deployment.Kind == OperationKind.Deployment)
        : Task.CompletedTask;

    private async Task<Outcome> AtAsync(StepExecution execution, Node node, string level, string? former, IStepReport report, CancellationToken cancellationToken)
    {
        // Before its BMC is asked for anything: with thousands of nodes that are off, three requests for each.
        if (level == "soft" && former is null && sessions.OfNode(node.Name) is null)
            return LevelClimb.NotAtThisLevel;
        if (await ReadyAsync(execution, node, report, cancellationToken) is { } failure && level != "soft")
            return failure;
        var refused = level switch
        {
            // 2
            "soft" => await SoftAsync(execution, node, former, report, cancellationToken),
            // 3
            "hard" => await AskAsync(PowerCommand.Reset),
            // 4
            _ => await AskAsync(PowerCommand.Off) ?? await AskAsync(PowerCommand.On),
        };
        return refused ?? await DoneAsync(execution, node, former);

        async Task<Outcome.Failed?> AskAsync(PowerCommand command)
        {
            report.Progress(node.Name, $"asking its BMC: {command}");
            return (await power.RunAsync(node, command, firmware.IsUefi(node), cancellationToken)).Failure;
        }
    }

    /// <summary>What is seen of the node from now on belongs to the boot that comes, and that comes from the network where it is to.</summary>
    private async Task<Outcome.Failed?> ReadyAsync(StepExecution execution, Node node, IStepReport report, CancellationToken cancellationToken)
    {
        Outcome.Failed? refused = null;
        if (execution.Arguments.GetValueOrDefault("profile") is "deploy" or "custom")
        {
            report.Progress(node.Name, "asking its BMC to boot from the network");
            refused = (await power.RunAsync(node, PowerCommand.BootPxe, firmware.IsUefi(node), cancellationToken)).Failure;
        }
        foreach (var mac in node.Macs)
            watch.Forget(mac);
        // Some BMCs cannot choose the boot device, some nodes have none; where the network comes first in the firmware's order, nothing is lost.
        return refused is { Reason: "bmc-refused" } ? null : refused;
    }

    private async Task<Outcome.Failed?> SoftAsync(StepExecution execution, Node node, string? former, IStepReport report, CancellationToken cancellationToken)
    {
        if (sessions.OfNode(node.Name) is { } session)
        {
            report.Progress(node.Name, "asking its agent to reboot");
            // The agent belongs to whatever booted it, not to the operation that wants it gone.
            return await steps.RunAsync(
                node.Name, session.Identity.Deployment, execution.Id, new AgentOrder.Reboot(), execution.Deadline, new StepListener(node.Name, report), cancellationToken) as Outcome.Failed;
        }
        if (former is null)
            return LevelClimb.NotAtThisLevel;
        report.Progress(node.Name, "asking its system to reboot");
        // Detached: the answer must be on its way before the network goes down.
        var result = await shell.RunAsync(node, "(sleep 1; systemctl reboot || reboot) >/dev/null 2>&1 </dev/null &", null, ShellTime, cancellationToken);
        return result.Succeeded ? null : new Outcome.Failed(Party.InstalledSystem, "ssh-failed", result.LastWords);
    }

    private async Task<Outcome> DoneAsync(StepExecution execution, Node node, string? former)
    {
        // No firmware is as quick as its BMC's or its outlet's answer: what took the profile meanwhile was the boot that this one ended. Unarmed, it would boot its disk.
        if (execution.Arguments.GetValueOrDefault("profile") == "deploy" && !armings.IsArmed(node.Name))
            await ArmAsync(execution, node);
        var at = (FactNames.RebootedAt, time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        return former is null ? PerNode.Done(at) : PerNode.Done(at, (FactNames.FormerBootId, former));
    }
}
