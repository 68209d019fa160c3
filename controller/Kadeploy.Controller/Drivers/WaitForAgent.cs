using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Boot;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// Waits until each node's agent has enrolled with the token of this attempt's arming: that it did proves that the node went down and came up,
/// for the token was made when its firmware asked after the arming.
/// </summary>
internal sealed class WaitForAgent(AgentSessions sessions, BootWatch watch) : IStepDriver
{
    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        using var sightings = new Sightings(watch, execution.Nodes, report, "its agent", sinceReset: true);
        // One handler for all of them: with a handler for each, every arrival of thousands would go through thousands.
        var awaited = execution.Nodes.ToDictionary(
            n => n.Name, n => (Node: n, Arrived: new TaskCompletionSource<AgentSession>(TaskCreationOptions.RunContinuationsAsynchronously)));
        sessions.Arrived += Look;
        try
        {
            foreach (var node in execution.Nodes)
            {
                if (sessions.OfNode(node.Name) is { } already)
                    Look(already);
            }
            await PerNode.RunAsync(execution, report, async (node, token) =>
            {
                var session = await awaited[node.Name].Arrived.Task.WaitAsync(token);
                return PerNode.Done((FactNames.DeployBootId, session.BootId), (FactNames.DeployAddress, session.Address.ToString()));
            });
        }
        finally
        {
            sessions.Arrived -= Look;
        }

        void Look(AgentSession session)
        {
            if (awaited.TryGetValue(session.Node, out var one)
                && session.Identity.Arming == execution.Fact(one.Node, FactNames.Arming)
                && session.BootId != execution.Fact(one.Node, FactNames.FormerBootId))
                one.Arrived.TrySetResult(session);
        }
    }
}
