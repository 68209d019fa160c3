using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary><c>switch_pxe</c>: what the node's next network boot gives it: the deployment environment once, the user's own script, or its disk.</summary>
internal sealed class SwitchPxe(ArmingStore armings, ProfileStore profiles) : IStepDriver
{
    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) =>
        PerNode.RunAsync(execution, report, (node, _) => Task.FromResult(Switch(execution, node)));

    private Outcome Switch(StepExecution execution, Node node)
    {
        switch (execution.Arguments.GetValueOrDefault("profile"))
        {
            case "deploy":
                profiles.Clear(node.Name);
                // Named by the execution: run again after a restart of the controller, it is the same arming.
                armings.Arm(new Arming(node.Name, execution.Deployment.Id, execution.Id));
                return PerNode.Done((FactNames.Arming, execution.Id));
            case "custom":
                armings.Disarm(node.Name);
                profiles.Set(node.Name, execution.Deployment.Id, execution.Deployment.Profile ?? "");
                return Outcome.Done.Plain;
            default:
                armings.Disarm(node.Name);
                profiles.Clear(node.Name);
                return Outcome.Done.Plain;
        }
    }
}
