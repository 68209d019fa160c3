using Kadeploy.Controller.Agents;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Transfer;
using Party = Kadeploy.Deployments.Engine.Party;

namespace Kadeploy.Controller.Transfers;

/// <summary>One chain from the start of its head to the outcome of its last node.</summary>
internal sealed class ChainRun
{
    // The head is ended by us when the last node has its outcome, not by itself: some may still be served on their own.
    private static readonly TimeSpan Linger = TimeSpan.FromDays(7);

    private readonly Shipment _shipment;
    private readonly StepExecution _execution;
    private readonly IStepReport _report;
    private readonly AgentSteps _steps;
    private readonly TransferStore _transfers;
    private readonly ChainLimits _limits;
    private readonly ChainHead _head;
    private readonly ChainSight _sight;
    private readonly Lock _lock = new();
    private TransferPlan _plan;
    private TransferFailure? _headFailure;

    public ChainRun(
        Shipment shipment, StepExecution execution, IStepReport report, TransferPlan plan, IImageSource source, ChainListener listener, AgentSteps steps,
        TransferStore transfers, ChainLimits limits)
    {
        (_shipment, _execution, _report, _steps, _transfers, _limits, _plan) = (shipment, execution, report, steps, transfers, limits, plan);
        _head = new ChainHead(listener, plan, source);
        _sight = new ChainSight([.. plan.Members.Skip(1).Select(m => m.Name)], plan.Tunables.RingBytes);
    }

    public async Task ToEndAsync(IReadOnlyList<Node> nodes, CancellationToken cancellationToken)
    {
        using var headStop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var nodesStop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var head = HeadAsync(nodesStop, headStop.Token);
        try
        {
            await Task.WhenAll(nodes.Select(node => OneAsync(node, nodesStop.Token, cancellationToken)));
        }
        finally
        {
            await headStop.CancelAsync();
            await head;
            _limits.Set(_execution.Deployment.Id, _execution.Id, null);
        }
    }

    private async Task HeadAsync(CancellationTokenSource nodesStop, CancellationToken stop)
    {
        var result = await _head.RunAsync(Linger, stop);
        if (stop.IsCancellationRequested || result.Success)
            return;
        // Nothing more will come: the nodes need not find out one by one.
        _headFailure = result.Failure;
        await nodesStop.CancelAsync();
    }

    private async Task OneAsync(Node node, CancellationToken cancellationToken, CancellationToken fromEngine)
    {
        AgentOrder order;
        lock (_lock)
            order = _shipment.Order(node, _plan);
        var listener = new TransferListener(
            node.Name, _report, sighting => _limits.Set(_execution.Deployment.Id, _execution.Id, _sight.Update(node.Name, sighting)));
        Outcome outcome;
        try
        {
            outcome = await _steps.RunAsync(node.Name, _shipment.Deployment, _execution.Id, order, _execution.Deadline, listener, cancellationToken);
        }
        catch (OperationCanceledException) when (_headFailure is { } failure && !fromEngine.IsCancellationRequested)
        {
            outcome = new Outcome.Failed(
                failure.Reason is Reasons.ImageDigestMismatch or Reasons.ImageUnreadable ? Party.Image : Party.Controller,
                failure.Reason,
                failure.Detail);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        _report.Finished(node.Name, outcome);
        if (outcome is Outcome.Failed)
            DeclareDead(node.Name);
    }

    private void DeclareDead(string node)
    {
        TransferPlan next;
        lock (_lock)
            _plan = next = _plan.WithDead([node]);
        _transfers.Keep(_execution.Id, _execution.Deployment.Id, next);
        _head.UpdatePlan(next);
        _steps.Replan(next);
    }
}
