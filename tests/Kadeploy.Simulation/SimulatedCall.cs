using Kadeploy.Deployments.Engine;

namespace Kadeploy.Simulation;

/// <summary>One call of the driver; the same execution may be called several times.</summary>
internal sealed class SimulatedCall(StepExecution execution)
{
    public StepExecution Execution => execution;
}
