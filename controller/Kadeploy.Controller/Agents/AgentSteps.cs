using Kadeploy.Controller.Configuration;
using Kadeploy.Deployments.Engine;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Agents;

/// <summary>
/// Has agents run steps. A step belongs to its node, not to a stream: when the agent dials again it is sent again, and the agent recognises it
/// by its id. It fails with <c>agent-lost</c> when the agent stays away too long, or comes back with another boot id.
/// </summary>
internal sealed class AgentSteps : IDisposable
{
    private readonly ControllerConfiguration _configuration;
    private readonly AgentSessions _sessions;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Node, string StepId), PendingStep> _pending = [];

    public AgentSteps(ControllerConfiguration configuration, AgentSessions sessions, TimeProvider time)
    {
        (_configuration, _sessions, _time) = (configuration, sessions, time);
        sessions.Arrived += OnArrived;
        sessions.Left += OnLeft;
    }

    /// <summary>
    /// Runs one step at one node's agent to its outcome; without a <paramref name="deployment"/> at whichever agent speaks for the node.
    /// Cancelled: the agent is told to stop, and nothing more is heard.
    /// </summary>
    public async Task<Outcome> RunAsync(
        string node, string? deployment, string stepId, AgentOrder order, DateTimeOffset deadline, IStepListener listener, CancellationToken cancellationToken)
    {
        var step = new PendingStep(node, deployment, AgentMapping.ToWire(stepId, order, deadline - _time.GetUtcNow()), listener, null) { LastHeard = _time.GetUtcNow() };
        using var _ = step;
        lock (_lock)
        {
            // The engine never runs one execution twice at once; were it to, the elder gives way.
            if (_pending.Remove((node, stepId), out var elder))
                elder.Finish(new Outcome.Failed(Party.Controller, "internal-error", $"step {stepId} was started twice"));
            _pending.Add((node, stepId), step);
            if (_sessions.OfNode(node) is { } session && Serves(session, step))
                Hand(session, step);
            else
                StartAbsence(step);
        }
        try
        {
            return await step.Outcome.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _sessions.OfNode(node)?.Send(new ControllerMessage { Cancel = new CancelStep { StepId = stepId } });
            throw;
        }
        finally
        {
            lock (_lock)
                if (_pending.TryGetValue((node, stepId), out var current) && current == step)
                    _pending.Remove((node, stepId));
        }
    }

    /// <summary>Gives every agent that takes part in a transfer its newer plan; agents that are away get it with their step when they are back.</summary>
    public void Replan(Transfer.TransferPlan plan)
    {
        var wire = AgentMapping.ToWire(plan);
        lock (_lock)
            foreach (var step in _pending.Values.Where(s => s.Message.Receive?.Plan.TransferId == wire.TransferId))
            {
                step.Message.Receive.Plan = wire;
                if (_sessions.OfNode(step.Node) is { } session && Serves(session, step))
                    session.Send(new ControllerMessage { Plan = wire });
            }
    }

    /// <summary>An agent spoke about a step.</summary>
    public void OnProgress(AgentSession session, StepProgress progress)
    {
        if (Find(session, progress.StepId) is { } step)
            step.Listener.Progress(progress.Activity, (long)progress.Done, (long)progress.Total);
    }

    /// <summary>
    /// An agent finished a step. A result that nobody waits for is not acknowledged: the agent keeps it, and the engine will ask for
    /// the step again after a restart of the controller.
    /// </summary>
    public void OnResult(AgentSession session, StepResult result)
    {
        if (Find(session, result.StepId) is not { } step)
            return;
        step.Finish(AgentMapping.ToDomain(result));
        session.Send(new ControllerMessage { Acknowledge = new Acknowledge { StepId = result.StepId } });
    }

    public void OnTransfer(AgentSession session, TransferEvent transfer)
    {
        PendingStep? step;
        lock (_lock)
            step = _pending.Values.FirstOrDefault(s => s.Node == session.Node && s.Message.Receive?.Plan.TransferId == transfer.TransferId);
        step?.Listener.Transfer(AgentMapping.ToDomain(transfer));
    }

    public void Dispose()
    {
        _sessions.Arrived -= OnArrived;
        _sessions.Left -= OnLeft;
    }

    private static bool Serves(AgentSession session, PendingStep step) => step.Deployment is null || session.Identity.Deployment == step.Deployment;

    private PendingStep? Find(AgentSession session, string stepId)
    {
        lock (_lock)
            return _pending.GetValueOrDefault((session.Node, stepId)) is { } step && Serves(session, step) ? step : null;
    }

    private void OnArrived(AgentSession session)
    {
        if (!session.Identity.IsKnown)
            return;
        lock (_lock)
            foreach (var step in Of(session.Node).Where(s => Serves(session, s)))
            {
                if (step.BootId is not null && step.BootId != session.BootId)
                    step.Finish(new Outcome.Failed(
                        Party.Agent, "agent-lost", $"{step.Node} restarted during the step: its agent came back with another boot id ({session.BootId})"));
                else
                    Hand(session, step);
            }
    }

    private void OnLeft(AgentSession session)
    {
        lock (_lock)
            foreach (var step in Of(session.Node).Where(s => Serves(session, s)))
            {
                step.LastHeard = _time.GetUtcNow();
                StartAbsence(step);
            }
    }

    private List<PendingStep> Of(string node) => [.. _pending.Values.Where(s => s.Node == node)];

    private static void Hand(AgentSession session, PendingStep step)
    {
        step.Absence?.Dispose();
        step.Absence = null;
        step.BootId = session.BootId;
        // A copy: the message waits in a queue while Replan may change ours.
        session.Send(new ControllerMessage { Run = step.Message.Clone() });
    }

    private void StartAbsence(PendingStep step)
    {
        step.Absence?.Dispose();
        step.Absence = _time.CreateTimer(
            _ => step.Finish(step.BootId is null
                ? new Outcome.Failed(Party.Agent, "no-agent", $"no agent of {step.Node} is connected{(step.Deployment is null ? "" : " for this deployment")}")
                : new Outcome.Failed(
                    Party.Agent,
                    "agent-lost",
                    $"the agent of {step.Node} went away at {step.LastHeard:HH:mm:ss} UTC and did not dial again within {_configuration.AgentGrace.TotalSeconds:0} s")),
            null,
            _configuration.AgentGrace,
            Timeout.InfiniteTimeSpan);
    }
}
