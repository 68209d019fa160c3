using System.Diagnostics;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Simulation;

/// <summary>Everything works at once: what remains is the engine's own time.</summary>
internal sealed class InstantDriver : IStepDriver
{
    private int _calls;
    private long _reported;
    private TimeSpan _between;

    public int Calls => _calls;

    /// <summary>From the last word about a step to the call for the next one, all steps together: what the engine adds to a deployment.</summary>
    public TimeSpan Between => _between;

    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _calls) > 1)
            _between += Stopwatch.GetElapsedTime(_reported);
        foreach (var node in execution.Nodes)
        {
            report.Progress(node.Name, "works");
            report.Finished(node.Name, Outcome.Done.Plain);
        }

        _reported = Stopwatch.GetTimestamp();
        return Task.CompletedTask;
    }
}
