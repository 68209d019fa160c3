using Kadeploy.Deployments.Engine;

namespace Kadeploy.Simulation;

/// <summary>Everything works at once: what remains is the engine's own time.</summary>
internal sealed class InstantDriver : IStepDriver
{
    private int _calls;

    public int Calls => _calls;

    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        foreach (var node in execution.Nodes)
        {
            report.Progress(node.Name, "works");
            report.Finished(node.Name, Outcome.Done.Plain);
        }

        return Task.CompletedTask;
    }
}
