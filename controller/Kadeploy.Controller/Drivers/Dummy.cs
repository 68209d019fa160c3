using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Drivers;

/// <summary><c>dummy</c>: does nothing, well. For trying plans, windows and hooks without touching a node.</summary>
internal sealed class Dummy : IStepDriver
{
    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) =>
        PerNode.RunAsync(execution, report, (_, _) => Task.FromResult<Outcome>(Outcome.Done.Plain));
}
