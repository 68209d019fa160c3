using System.Text;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Remote;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// <c>custom</c>: an operation of the site's or the user's, on each node: by its agent, or over SSH in the installed system. Never here.
/// Every try has the operation's own time; after the last, its policy decides what a failure means.
/// </summary>
internal sealed class Custom(AgentSteps steps, AgentOrders orders, IRemoteShell shell, TimeProvider time) : IStepDriver
{
    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) =>
        PerNode.RunAsync(execution, report, (node, token) => OneAsync(execution, node, report, token));

    private async Task<Outcome> OneAsync(StepExecution execution, Node node, IStepReport report, CancellationToken cancellationToken)
    {
        var operation = execution.Custom!;
        var limit = operation.Timeout.For(execution.Nodes.Count);
        for (var attempt = 0; ; attempt++)
        {
            report.Progress(node.Name, $"custom operation {operation.Name}{(attempt == 0 ? "" : $", try {attempt + 1}")}");
            var outcome = execution.Arguments.GetValueOrDefault("on") == "system"
                ? await OverSshAsync(execution, node, operation, limit, cancellationToken)
                : await ByAgentAsync(execution, node, operation, limit, attempt, report, cancellationToken);
            if (outcome is not Outcome.Failed failed)
                return outcome;
            if (attempt < operation.Retries)
                continue;
            return operation.IgnoreFailure
                ? new Outcome.Skipped($"{operation.Name} failed, which is to be ignored: {failed.Reason}, {failed.Detail}")
                : failed with { Detail = $"{operation.Name}: {failed.Detail}" };
        }
    }

    private Task<Outcome> ByAgentAsync(
        StepExecution execution, Node node, CustomOperation operation, TimeSpan limit, int attempt, IStepReport report, CancellationToken cancellationToken) => steps.RunAsync(
            node.Name,
            execution.Deployment.Id,
            // Tries are told apart, and recognised when the controller was restarted in between.
            attempt == 0 ? execution.Id : $"{execution.Id}.{attempt}",
            new AgentOrder.RunScript(operation.Name, default, "none", NodeScript.Of(operation), orders.Variables(execution, node)),
            time.GetUtcNow() + limit,
            new StepListener(node.Name, report),
            cancellationToken);

    private async Task<Outcome> OverSshAsync(StepExecution execution, Node node, CustomOperation operation, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (!shell.Knows(node))
            return new Outcome.Failed(Party.InstalledSystem, "no-ssh", $"the system of {node.Name} has no SSH server that this controller knows");
        // Its file goes in by standard input: arguments can be read by every user of the node.
        var text = NodeScript.Variables(orders.Variables(execution, node)) + NodeScript.Of(operation);
        var result = await shell.RunAsync(node, "sh -s", Encoding.UTF8.GetBytes(text), limit, cancellationToken);
        return result.Succeeded ? Outcome.Done.Plain
            : new Outcome.Failed(Party.Script, result.TimedOut ? "deadline" : "script-failed", result.TimedOut ? $"not done within {limit.TotalSeconds:0} s" : result.LastWords);
    }
}
