using System.Net;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Drivers;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Transfer;
using Party = Kadeploy.Deployments.Engine.Party;

namespace Kadeploy.Controller.Transfers;

/// <summary>
/// <c>send_environment</c>: the controller is the head of a chain of the execution's nodes. 1: the plan is made, or found again after a restart.
/// 2: the head serves the image. 3: every agent is told to receive. 4: who fails is declared dead to the others, in a newer plan.
/// 5: when every node has its outcome, the head stops.
/// </summary>
internal sealed class Broadcast(
    ControllerConfiguration configuration, ListenAddresses addresses, ChainListener listener, AgentSessions sessions, AgentSteps steps,
    EnvironmentStore environments, TransferStore transfers, TimeProvider time) : IStepDriver
{
    // No node's name has a blank.
    private const string HeadName = "the controller";

    // The head is ended by us when the last node has its outcome, not by itself: some may still be served on their own.
    private static readonly TimeSpan Linger = TimeSpan.FromDays(7);

    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        // 1
        var plan = transfers.Find(execution.Id);
        if (plan is null)
            await sessions.GatherAsync([.. execution.Nodes.Select(n => n.Name)], configuration.AgentGrace, time, cancellationToken);
        var nodes = new List<Node>();
        var members = new List<ChainMember> { new(HeadName, new IPEndPoint(configuration.Address, addresses.Chain)) };
        foreach (var node in execution.Nodes)
        {
            if (sessions.OfNode(node.Name) is { ChainPort: > 0 } session && session.Identity.Deployment == execution.Deployment.Id)
            {
                nodes.Add(node);
                members.Add(new ChainMember(node.Name, new IPEndPoint(session.Address, session.ChainPort)));
            }
        }
        if (plan is not null)
            // It was running when the controller stopped: agents that have yet to dial again are waited for by their steps.
            nodes = [.. execution.Nodes.Where(n => plan.IndexOf(n.Name) > 0)];
        foreach (var node in execution.Nodes.Except(nodes))
            report.Finished(node.Name, new Outcome.Failed(Party.Agent, "no-agent", $"the agent of {node.Name} is not connected any more"));
        if (nodes.Count == 0)
            return;
        if (plan is null)
        {
            if (environments.Manifest(execution.Deployment.Environment.Id) is not { } manifest)
            {
                FailAll(nodes, report, new Outcome.Failed(Party.Image, "environment-gone", "the environment was deleted while it was deployed"));
                return;
            }
            plan = TransferPlan.Create(Manifest.FromBytes(manifest), members);
            transfers.Keep(execution.Id, execution.Deployment.Id, plan);
        }

        // 2
        FileImageSource source;
        try
        {
            source = new FileImageSource(execution.Deployment.Environment.Image.File);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var reason = e is FileNotFoundException or DirectoryNotFoundException ? "image-missing" : "image-unreadable";
            FailAll(nodes, report, new Outcome.Failed(Party.Image, reason, e.Message));
            return;
        }
        using (source)
            await new Run(this, execution, report, plan, source).ToEndAsync(nodes, cancellationToken);
        // Cancelled, the controller may be stopping: the next one goes on with this plan. The deployment's end removes it in any case.
        if (!cancellationToken.IsCancellationRequested)
            transfers.Forget(execution.Id);
    }

    private static void FailAll(IEnumerable<Node> nodes, IStepReport report, Outcome outcome)
    {
        foreach (var node in nodes)
            report.Finished(node.Name, outcome);
    }

    private sealed class Run(Broadcast owner, StepExecution execution, IStepReport report, TransferPlan plan, FileImageSource source)
    {
        private readonly Lock _lock = new();
        private readonly ChainHead _head = new(owner.Listener, plan, source);
        private TransferPlan _plan = plan;
        private TransferFailure? _headFailure;

        public async Task ToEndAsync(IReadOnlyList<Node> nodes, CancellationToken cancellationToken)
        {
            using var headStop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var nodesStop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var head = HeadAsync(nodesStop, headStop.Token);
            try
            {
                // 3
                await Task.WhenAll(nodes.Select(node => OneAsync(node, nodesStop.Token, cancellationToken)));
            }
            finally
            {
                // 5
                await headStop.CancelAsync();
                await head;
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
            AgentOrder.ReceiveImage order;
            lock (_lock)
                order = new AgentOrder.ReceiveImage(_plan, execution.Deployment.Environment.Image, node.Disk, execution.Deployment.Partition);
            using var own = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, report.TokenOf(node.Name));
            Outcome outcome;
            try
            {
                outcome = await owner.Steps.RunAsync(
                    node.Name, execution.Deployment.Id, execution.Id, order, execution.Deadline, new StepListener(node.Name, report), own.Token);
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
            catch (OperationCanceledException) when (own.IsCancellationRequested)
            {
                // Taken over by another operation: its neighbours go on without it.
                DeclareDead(node.Name);
                report.LetGo(node.Name);
                return;
            }
            report.Finished(node.Name, outcome);
            if (outcome is Outcome.Failed)
                DeclareDead(node.Name);
        }

        // 4
        private void DeclareDead(string node)
        {
            TransferPlan next;
            lock (_lock)
                _plan = next = _plan.WithDead([node]);
            owner.Transfers.Keep(execution.Id, execution.Deployment.Id, next);
            _head.UpdatePlan(next);
            owner.Steps.Replan(next);
        }
    }

    private ChainListener Listener => listener;

    private AgentSteps Steps => steps;

    private TransferStore Transfers => transfers;
}
