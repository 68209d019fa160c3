using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Boot;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

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
        await PerNode.RunAsync(execution, report, (node, token) => OneAsync(execution, node, token));
    }

    private async Task<Outcome> OneAsync(StepExecution execution, Node node, CancellationToken cancellationToken)
    {
        var arrived = new TaskCompletionSource<AgentSession>(TaskCreationOptions.RunContinuationsAsynchronously);
        sessions.Arrived += Look;
        try
        {
            if (sessions.OfNode(node.Name) is { } already)
                Look(already);
            var session = await arrived.Task.WaitAsync(cancellationToken);
            return PerNode.Done((FactNames.DeployBootId, session.BootId), (FactNames.DeployAddress, session.Address.ToString()));
        }
        finally
        {
            sessions.Arrived -= Look;
        }

        void Look(AgentSession session)
        {
            if (session.Node == node.Name
                && session.Identity.Arming == execution.Fact(node, FactNames.Arming)
                && session.BootId != execution.Fact(node, FactNames.FormerBootId))
                arrived.TrySetResult(session);
        }
    }
}
