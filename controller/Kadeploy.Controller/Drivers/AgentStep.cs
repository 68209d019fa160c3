using Kadeploy.Controller.Agents;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>A micro-step that agents carry out: one order or several, in order, the first failure ends it.</summary>
/// <param name="steps">Has agents run steps.</param>
/// <param name="orders">The orders for one node; none: the step is skipped. May read files of the site, and fail at it.</param>
/// <param name="learn">Is given what a node's agent found out, or null.</param>
internal sealed class AgentStep(
    AgentSteps steps, Func<StepExecution, Node, ValueTask<IReadOnlyList<AgentOrder>>> orders, Func<StepExecution, Node, IReadOnlyDictionary<string, string>, Task>? learn = null)
    : IStepDriver
{
    public AgentStep(AgentSteps steps, Func<StepExecution, Node, IReadOnlyList<AgentOrder>> orders)
        : this(steps, (execution, node) => ValueTask.FromResult(orders(execution, node)))
    {
    }

    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) =>
        PerNode.RunAsync(execution, report, (node, token) => OneAsync(execution, node, report, token));

    private async Task<Outcome> OneAsync(StepExecution execution, Node node, IStepReport report, CancellationToken cancellationToken)
    {
        IReadOnlyList<AgentOrder> todo;
        try
        {
            todo = await orders(execution, node);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Outcome.Failed(Party.Script, "archive-unreadable", e.Message);
        }
        if (todo.Count == 0)
            return new Outcome.Skipped("nothing to do");
        var facts = new Dictionary<string, string>();
        foreach (var (number, order) in todo.Index())
        {
            var id = number == 0 ? execution.Id : $"{execution.Id}.{number}";
            var outcome = await steps.RunAsync(
                node.Name, execution.Deployment.Id, id, order, execution.Deadline, new StepListener(node.Name, report), cancellationToken);
            if (outcome is not Outcome.Done done)
                return outcome;
            foreach (var (name, value) in done.Facts)
                facts[name] = value;
        }
        if (learn is not null)
            await learn(execution, node, facts);
        return new Outcome.Done(facts);
    }
}
