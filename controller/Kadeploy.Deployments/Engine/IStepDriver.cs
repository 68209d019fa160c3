namespace Kadeploy.Deployments.Engine;

/// <summary>Makes micro-steps happen. The engine decides, the driver acts.</summary>
public interface IStepDriver
{
    /// <summary>
    /// Runs <paramref name="execution"/> until every node has been reported, exactly once each. Safe to be called again with the same id after a restart.
    /// Expected failures are reported as outcomes; an exception fails the nodes that were not reported yet, with party Controller and reason <c>internal-error</c>.
    /// </summary>
    /// <param name="execution">What to run.</param>
    /// <param name="report">Where each node's outcome goes; thread-safe, never blocks.</param>
    /// <param name="cancellationToken">Cancelled by the engine at the deadline or when the deployment is cancelled; nodes not reported by then are the engine's to judge.</param>
    Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken);
}
