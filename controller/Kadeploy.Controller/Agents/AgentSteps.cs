using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Trust;
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
    private readonly ControllerIdentity _identity;
    private readonly AgentSessions _sessions;
    private readonly PlannedStop _stop;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    // By node: with thousands of nodes nothing that one agent says may look at the others' steps.
    private readonly Dictionary<string, Dictionary<string, PendingStep>> _pending = [];

    // What agents have told and we have not acknowledged.
    private readonly Dictionary<string, HashSet<string>> _told = [];

    public AgentSteps(ControllerConfiguration configuration, ControllerIdentity identity, AgentSessions sessions, PlannedStop stop, TimeProvider time)
    {
        (_configuration, _identity, _sessions, _stop, _time) = (configuration, identity, sessions, stop, time);
        sessions.Arrived += OnArrived;
        sessions.Left += OnLeft;
    }

    /// <summary>Whether the engine still wants the outcome of a node (deployment, execution, node). Set once, before anything is served.</summary>
    public Func<string, string, string, bool> Awaits { get; set; } = static (_, _, _) => true;

    /// <summary>
    /// Runs one step at one node's agent to its outcome; without a <paramref name="deployment"/> at whichever agent speaks for the node.
    /// Cancelled: the agent is told to stop, and nothing more is heard.
    /// </summary>
    public async Task<Outcome> RunAsync(
        string node, string? deployment, string stepId, AgentOrder order, DateTimeOffset deadline, IStepListener listener, CancellationToken cancellationToken)
    {
        var step = new PendingStep(node, deployment, AgentMapping.ToWire(stepId, order, deadline - _time.GetUtcNow(), _identity), listener, null) { LastHeard = _time.GetUtcNow() };
        using var _ = step;
        lock (_lock)
        {
            // The engine never runs one execution twice at once; were it to, the elder gives way.
            if (!_pending.TryGetValue(node, out var steps))
                _pending[node] = steps = [];
            if (steps.Remove(stepId, out var elder))
                elder.Finish(new Outcome.Failed(Party.Controller, "internal-error", $"step {stepId} was started twice"));
            steps.Add(stepId, step);
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
            // Our own stop is no reason to stop: the next kadeployd asks for the same step and takes its result.
            if (!_stop.HasBegun)
                _sessions.OfNode(node)?.Send(new ControllerMessage { Cancel = new CancelStep { StepId = stepId } });
            throw;
        }
        finally
        {
            lock (_lock)
                Forget(step, stepId);
        }
    }

    /// <summary>
    /// Tells every agent that takes part in a transfer what its newer plan changes; those that are away are told when they are back. Each is told the whole
    /// plan once, with its step: with thousands of agents a plan has thousands of members.
    /// </summary>
    public void Replan(Transfer.TransferPlan plan)
    {
        var change = new ControllerMessage { PlanChange = AgentMapping.ToChange(plan) };
        lock (_lock)
            foreach (var step in _pending.Values.SelectMany(s => s.Values).Where(s => s.Message.Receive?.Plan.TransferId == change.PlanChange.TransferId))
            {
                step.Change = change;
                if (_sessions.OfNode(step.Node) is { } session && Serves(session, step))
                    session.Send(change);
            }
    }

    /// <summary>An agent spoke about a step.</summary>
    public void OnProgress(AgentSession session, StepProgress progress)
    {
        if (Find(session, progress.StepId) is { } step)
            step.Listener.Progress(progress.Activity, (long)progress.Done, (long)progress.Total);
    }

    /// <summary>
    /// An agent finished a step. It is acknowledged by <see cref="Acknowledge"/> when the journal has it, and not before: an agent that was told so
    /// reboots, and a controller that died in between would have it reboot again. One that is in the journal already, because we died before we
    /// could say so, is acknowledged at once.
    /// </summary>
    public void OnResult(AgentSession session, StepResult result)
    {
        if (Find(session, result.StepId) is { } step)
        {
            lock (_lock)
            {
                if (!_told.TryGetValue(session.Node, out var told))
                    _told[session.Node] = told = [];
                told.Add(result.StepId);
            }
            step.Finish(AgentMapping.ToDomain(result));
        }
        else if (session.Identity.IsKnown && !Awaits(session.Identity.Deployment, ExecutionOf(result.StepId), session.Node))
        {
            LetGo(session, result.StepId);
        }
    }

    /// <summary>The journal has the outcomes of these nodes in an execution: their agents may let go of what they keep, and reboot.</summary>
    public void Acknowledge(string execution, IReadOnlyCollection<string> nodes)
    {
        lock (_lock)
            foreach (var node in nodes)
            {
                if (!_told.TryGetValue(node, out var told))
                    continue;
                foreach (var id in told.Where(id => ExecutionOf(id) == execution).ToList())
                {
                    told.Remove(id);
                    if (_sessions.OfNode(node) is { } session)
                        LetGo(session, id);
                }
                if (told.Count == 0)
                    _told.Remove(node);
            }
    }

    public void OnTransfer(AgentSession session, TransferEvent transfer)
    {
        PendingStep? step;
        lock (_lock)
            step = Of(session.Node).FirstOrDefault(s => s.Message.Receive?.Plan.TransferId == transfer.TransferId);
        step?.Listener.Transfer(AgentMapping.ToDomain(transfer));
    }

    public void Dispose()
    {
        _sessions.Arrived -= OnArrived;
        _sessions.Left -= OnLeft;
    }

    private static void LetGo(AgentSession session, string stepId) =>
        session.Send(new ControllerMessage { Acknowledge = new Acknowledge { StepId = stepId } });

    // The orders of one execution after the first have its id and a number: AgentStep.
    private static string ExecutionOf(string stepId) =>
        stepId.LastIndexOf('.') is var dot && dot > stepId.LastIndexOf('/') && dot >= 0 ? stepId[..dot] : stepId;

    private static bool Serves(AgentSession session, PendingStep step) => step.Deployment is null || session.Identity.Deployment == step.Deployment;

    private PendingStep? Find(AgentSession session, string stepId)
    {
        lock (_lock)
            return _pending.GetValueOrDefault(session.Node)?.GetValueOrDefault(stepId) is { } step && Serves(session, step) ? step : null;
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

    private List<PendingStep> Of(string node) => _pending.TryGetValue(node, out var steps) ? [.. steps.Values] : [];

    private void Forget(PendingStep step, string stepId)
    {
        if (!_pending.TryGetValue(step.Node, out var steps) || steps.GetValueOrDefault(stepId) != step)
            return;
        steps.Remove(stepId);
        if (steps.Count == 0)
            _pending.Remove(step.Node);
    }

    private static void Hand(AgentSession session, PendingStep step)
    {
        step.Absence?.Dispose();
        step.Absence = null;
        step.BootId = session.BootId;
        session.Send(new ControllerMessage { Run = step.Message });
        if (step.Change is { } change)
            session.Send(change);
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
