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
        node =>
        {
            if (execution.Arguments.GetValueOrDefault("profile") == "deploy")
            {
                // Named by the execution: run again after a restart of the controller, it is the same arming.
                armings.Arm(new Arming(node.Name, execution.Deployment.Id, execution.Id));
                return Task.FromResult<Outcome>(PerNode.Done((FactNames.Arming, execution.Id)));
            }
            armings.Disarm(node.Name);
            return Task.FromResult<Outcome>(Outcome.Done.Plain);
        },
        cancellationToken);
}
