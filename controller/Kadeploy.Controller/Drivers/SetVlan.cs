using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Drivers;

/// <summary><c>set_vlan</c>: the site's own command moves the nodes, all of a set at once, out of or into a VLAN.</summary>
internal sealed class SetVlan(ControllerConfiguration configuration, SiteCommands commands, TimeProvider time) : IStepDriver
{
    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        var vlan = execution.Arguments.GetValueOrDefault("vlan") ?? execution.Deployment.Vlan ?? "";
        Outcome outcome;
        if (configuration.ClusterOf(execution.Nodes[0].Cluster).Vlan is not { } settings)
        {
            outcome = new Outcome.Failed(Party.Controller, "no-vlan-command", "the cluster's vlan.command was taken out of kadeployd.yaml meanwhile");
        }
        else
        {
            var result = await commands.RunAsync(
                settings.Command,
                [.. execution.Nodes.Select(n => n.Name)],
                new Dictionary<string, string> { ["vlan"] = vlan, ["user"] = execution.Deployment.User, ["id"] = execution.Deployment.Id },
                execution.Deadline - time.GetUtcNow(),
                cancellationToken);
            outcome = result.Succeeded ? Outcome.Done.Plain : new Outcome.Failed(
                Party.Network, result.TimedOut ? "vlan-late" : "vlan-refused", $"{settings.Command.Arguments[0]} (VLAN {vlan}): {result.LastWords}");
        }
        foreach (var node in execution.Nodes)
            report.Finished(node.Name, outcome);
    }
}
