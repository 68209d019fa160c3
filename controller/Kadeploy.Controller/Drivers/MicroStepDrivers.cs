using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Drivers;

/// <summary>Finds the driver of a micro-step by its name.</summary>
internal sealed class MicroStepDrivers(IReadOnlyDictionary<string, IStepDriver> drivers) : IStepDriver
{
    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        if (drivers.TryGetValue(execution.MicroStep, out var driver))
            return driver.RunAsync(execution, report, cancellationToken);
        foreach (var node in execution.Nodes)
            report.Finished(node.Name, new Outcome.Failed(Party.Controller, "no-driver", $"this controller cannot do {execution.MicroStep}"));
        return Task.CompletedTask;
    }
}
