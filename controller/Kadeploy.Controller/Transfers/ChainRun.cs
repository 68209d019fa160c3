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

    // Every newer plan ends all links and makes them again: a rack that loses its power is one plan, not forty, and nodes that die one after another cost the
    // others one plan in a while. Neighbours have acted long before.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(500), Between = TimeSpan.FromSeconds(5);

    private readonly Shipment _shipment;
    private readonly StepExecution _execution;
    private readonly IStepReport _report;
    private readonly AgentSteps _steps;
    private readonly TransferStore _transfers;
    private readonly ChainLimits _limits;
    private readonly ChainHead _head;
    private readonly ImageLease _source;
    private readonly ChainSight _sight;
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly HashSet<string> _dead = [];
    private bool _gathering;
    private long _replanned;
    private TransferPlan _plan;
    private Task _replanning = Task.CompletedTask;
    private TransferFailure? _headFailure;

    public ChainRun(
        Shipment shipment, StepExecution execution, IStepReport report, TransferPlan plan, ImageLease source, ChainListener listener, AgentSteps steps,
        TransferStore transfers, ChainLimits limits, TimeProvider time)
    {
        (_shipment, _execution, _report, _steps, _transfers, _limits, _source, _time, _plan) = (shipment, execution, report, steps, transfers, limits, source, time, plan);
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
            await Task.WhenAll(nodes.Select(node => OneAsync(node, nodesStop.Token, cancellationToken, headStop.Token)));
        }
        finally
        {
            await headStop.CancelAsync();
            await head;
            await _replanning;
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

    private async Task OneAsync(Node node, CancellationToken cancellationToken, CancellationToken fromEngine, CancellationToken over)
    {
        AgentOrder order;
        lock (_lock)
            order = _shipment.Order(node, _plan);
        var listener = new TransferListener(
            node.Name, _report, sighting => _limits.Set(_execution.Deployment.Id, _execution.Id, _sight.Update(node.Name, sighting)));
        using var own = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _report.TokenOf(node.Name));
        Outcome outcome;
        try
        {
            outcome = await _steps.RunAsync(node.Name, _shipment.Deployment, _execution.Id, order, _execution.Deadline, listener, own.Token);
        }
        catch (OperationCanceledException) when (_headFailure is { } failure && !fromEngine.IsCancellationRequested)
        {
            // What the image's server did says more than that the head could not read.
            outcome = failure.Reason == Reasons.ImageUnreadable && _source.Failure is { } origin
                ? new Outcome.Failed(Party.Image, origin.Reason, origin.Message)
                : new Outcome.Failed(
                    failure.Reason is Reasons.ImageDigestMismatch or Reasons.ImageUnreadable ? Party.Image : Party.Controller,
                    failure.Reason,
                    failure.Detail);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException) when (own.IsCancellationRequested)
        {
            // Taken over by another operation: its neighbours go on without it.
            DeclareDead(node.Name, over);
            _report.LetGo(node.Name);
            return;
        }
        _report.Finished(node.Name, outcome);
        if (outcome is Outcome.Failed)
            DeclareDead(node.Name, over);
    }

    private void DeclareDead(string node, CancellationToken over)
    {
        lock (_lock)
        {
            _dead.Add(node);
            if (_gathering)
                return;
            _gathering = true;
            _replanning = ReplanAsync(over);
        }
    }

    private async Task ReplanAsync(CancellationToken over)
    {
        while (true)
        {
            var since = _replanned == 0 ? Between : _time.GetElapsedTime(_replanned);
            await Task.Delay(Between - since > Gather ? Between - since : Gather, _time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            TransferPlan next;
            lock (_lock)
            {
                _gathering = _dead.Count > 0 && !over.IsCancellationRequested;
                if (!_gathering)
                    return;
                _plan = next = _plan.WithDead(_dead);
                _dead.Clear();
                _replanned = _time.GetTimestamp();
            }
            _transfers.Keep(_execution.Id, _execution.Deployment.Id, next);
            _head.UpdatePlan(next);
            _steps.Replan(next);
        }
    }
}
