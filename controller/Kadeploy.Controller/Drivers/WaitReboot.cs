using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Drivers;

/// <summary><c>wait_reboot</c>: for the deployment environment or for the installed system, as the plan says.</summary>
internal sealed class WaitReboot(WaitForAgent agent, WaitForInstalledSystem installed) : IStepDriver
{
    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) =>
        execution.Arguments.GetValueOrDefault("system") == "deploy"
            ? agent.RunAsync(execution, report, cancellationToken)
            : installed.RunAsync(execution, report, cancellationToken);
}
