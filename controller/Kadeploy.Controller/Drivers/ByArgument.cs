using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Drivers;

/// <summary>A micro-step that is done by one driver or another, as an argument of the plan says.</summary>
/// <param name="argument">Name of the argument.</param>
/// <param name="drivers">Drivers by its value.</param>
/// <param name="otherwise">For every other value, and none.</param>
internal sealed class ByArgument(string argument, IReadOnlyDictionary<string, IStepDriver> drivers, IStepDriver otherwise) : IStepDriver
{
    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) =>
        drivers.GetValueOrDefault(execution.Arguments.GetValueOrDefault(argument, ""), otherwise).RunAsync(execution, report, cancellationToken);
}
