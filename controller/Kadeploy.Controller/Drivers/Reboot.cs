using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// <c>reboot</c>: by the BMC. Done means that the BMC accepted it; whether it happened is <c>wait_reboot</c>'s to see.
/// </summary>
internal sealed class Reboot(IPower power, ArmingStore armings, AgentSessions sessions, FirmwareKinds firmware, BootWatch watch) : IStepDriver
{
    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) =>
        PerNode.RunAsync(execution, report, node => OneAsync(execution, node, report, cancellationToken), cancellationToken);

    private async Task<Outcome> OneAsync(StepExecution execution, Node node, IStepReport report, CancellationToken cancellationToken)
    {
        var session = sessions.OfNode(node.Name);
        var toDeployment = execution.MacroStep == "SetDeploymentEnv";
        // Run again after a restart of the controller: it has rebooted and is back.
        if (toDeployment && session is not null && session.Identity.Arming == execution.Fact(node, FactNames.Arming))
            return Outcome.Done.Plain;
        var uefi = firmware.IsUefi(node);
        if (toDeployment)
        {
            // The controller may have ended after a first reset, and the node have used its profile since: unarmed, it would boot its disk.
            if (execution.Fact(node, FactNames.Arming) is { } arming)
                await armings.ArmAsync(new Arming(node.Name, execution.Deployment.Id, arming));
            report.Progress(node.Name, "asking its BMC to boot from the network");
            var boot = await power.RunAsync(node, PowerCommand.BootPxe, uefi, cancellationToken);
            // Some BMCs cannot choose the boot device; where the network comes first in the firmware's order, nothing is lost.
            if (boot.Failure is { } failure && failure.Reason != "bmc-refused")
                return failure;
        }
        report.Progress(node.Name, "asking its BMC to reboot it");
        foreach (var mac in node.Macs)
            watch.Forget(mac);
        var hard = execution.Arguments.GetValueOrDefault("level") == "hard";
        var outcome = await power.RunAsync(node, hard ? PowerCommand.Cycle : PowerCommand.Reset, uefi, cancellationToken);
        return outcome.Failure as Outcome
            ?? (session is null ? Outcome.Done.Plain : PerNode.Done((FactNames.FormerBootId, session.BootId)));
    }
}
