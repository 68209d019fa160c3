using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>Runs a micro-step at every node of an execution, side by side.</summary>
internal static class PerNode
{
    /// <param name="execution">The nodes.</param>
    /// <param name="report">Gets each node's outcome.</param>
    /// <param name="run">Does it at one node. Cancelled by its token, the node is left to the engine's judgement.</param>
    public static Task RunAsync(StepExecution execution, IStepReport report, Func<Node, CancellationToken, Task<Outcome>> run)
    {
        return Task.WhenAll(execution.Nodes.Select(OneAsync));

        async Task OneAsync(Node node)
        {
            var token = report.TokenOf(node.Name);
            try
            {
                report.Finished(node.Name, await run(node, token));
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                report.LetGo(node.Name);
            }
        }
    }

    public static string? Fact(this StepExecution execution, Node node, string name) =>
        execution.Facts.GetValueOrDefault(node.Name)?.GetValueOrDefault(name);

    public static Outcome.Done Done(params (string Name, string Value)[] facts) => new(facts.ToDictionary(f => f.Name, f => f.Value));
}
