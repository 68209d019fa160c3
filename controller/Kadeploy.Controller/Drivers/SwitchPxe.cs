using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary><c>switch_pxe</c>: what the node's next network boot gives it: the deployment environment once, the user's own script, or its disk.</summary>
internal sealed class SwitchPxe(ArmingStore armings, ProfileStore profiles) : IStepDriver
{
    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) =>
        PerNode.RunAsync(execution, report, (node, _) => SwitchAsync(execution, node));

    private async Task<Outcome> SwitchAsync(StepExecution execution, Node node)
    {
        switch (execution.Arguments.GetValueOrDefault("profile"))
        {
            case "deploy":
                await profiles.ClearAsync(node.Name);
                // Named by the execution: run again after a restart of the controller, it is the same arming.
                await armings.ArmAsync(new Arming(node.Name, execution.Deployment.Id, execution.Id), execution.Deployment.Kind == OperationKind.Deployment);
                return PerNode.Done((FactNames.Arming, execution.Id));
            case "custom":
                await armings.DisarmAsync(node.Name);
                await profiles.SetAsync(node.Name, execution.Deployment.Id, execution.Deployment.Profile ?? "");
                return Outcome.Done.Plain;
            default:
                await armings.DisarmAsync(node.Name);
                await profiles.ClearAsync(node.Name);
                return Outcome.Done.Plain;
        }
    }
}
