using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Drivers;

/// <summary><c>switch_pxe</c>: what the node's next network boot gives it: the deployment environment once, or its disk.</summary>
internal sealed class SwitchPxe(ArmingStore armings) : IStepDriver
{
    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) => PerNode.RunAsync(
        execution,
        report,
        async node =>
        {
            if (execution.Arguments.GetValueOrDefault("profile") == "deploy")
            {
                // Named by the execution: run again after a restart of the controller, it is the same arming.
                await armings.ArmAsync(new Arming(node.Name, execution.Deployment.Id, execution.Id));
                return PerNode.Done((FactNames.Arming, execution.Id));
            }
            await armings.DisarmAsync(node.Name);
            return Outcome.Done.Plain;
        },
        cancellationToken);
}
