using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Engine.State;

namespace Kadeploy.Simulation;

/// <summary>What must hold after every event, whatever fails.</summary>
internal sealed class Invariants(IReadOnlyDictionary<string, SimulatedNode> nodes, WindowSize? window, TimeProvider time)
{
    // By call, not by execution: a restarted controller calls the same executions again.
    private readonly Dictionary<string, SimulatedCall> _working = [];
    private readonly HashSet<(string Execution, string Node)> _recorded = [];
    private readonly List<DateTimeOffset> _pausing = [];
    private string? _broken;

    public SimulatedJournal? Journal { get; set; }

    /// <summary>Raises what was found; kept until then, for an exception inside a driver would be the engine's to swallow.</summary>
    public void Check()
    {
        if (_broken is not null)
            throw new Violation(_broken);
        foreach (var state in Journal!.States.Values)
            Check(state);
        var owned = Journal.States.Values.Where(s => InterruptTable.Owns(s.Request.Kind)).SelectMany(s => s.Nodes.Values.Where(n => n.Verdict == Verdict.Running).Select(n => n.Node.Name));
        foreach (var twice in owned.GroupBy(n => n).Where(g => g.Count() > 1))
            throw new Violation($"{twice.Key} belongs to {twice.Count()} unfinished operations");
    }

    public void CallBegins(SimulatedCall call)
    {
        var execution = call.Execution;
        foreach (var node in execution.Nodes)
        {
            if (!Journal!.HasBegun(execution.Id, node.Name))
                Break($"{execution.Id} was called for {node.Name} before it was in the journal");
            if (_recorded.Contains((execution.Id, node.Name)))
                Break($"{execution.Id} was called again for {node.Name}, of which the journal has the outcome");
            // A status looks, whatever else goes on.
            if (!InterruptTable.Owns(execution.Deployment.Kind))
                continue;
            if (_working.TryGetValue(node.Name, out var other))
                Break($"{execution.Id} was called while {other.Execution.Id} works on {node.Name}");
            _working[node.Name] = call;
        }

        if (window is null)
            return;
        _pausing.RemoveAll(at => at + window.Pause <= time.GetUtcNow());
        var inside = _working.Values.Count(IsWindowed) + _pausing.Count;
        if (inside > window.Nodes && IsWindowed(call))
            Break($"{execution.Id}: {inside} nodes are inside a window of {window.Nodes}");
    }

    public void Reported(SimulatedCall call, string node)
    {
        if (_working.GetValueOrDefault(node) != call)
            return;
        _working.Remove(node);
        if (IsWindowed(call))
            _pausing.Add(time.GetUtcNow());
    }

    public void CallEnds(SimulatedCall call)
    {
        foreach (var node in call.Execution.Nodes)
            Reported(call, node.Name);
    }

    /// <summary>Its calls died with it.</summary>
    public void ControllerDied()
    {
        _working.Clear();
        _pausing.Clear();
    }

    public void Kept(JournalEntry entry)
    {
        if (JournalText.Read(entry.Body) is Happening.Reported reported)
        {
            foreach (var node in reported.Outcomes.Keys.Where(n => !_recorded.Add((reported.Execution, n))))
                Break($"the journal has two outcomes of {node} in {reported.Execution}");
        }

        foreach (var verdict in entry.Verdicts)
            Judge(Journal!.States[entry.Deployment], verdict);
    }

    private static void Check(DeploymentState state)
    {
        var held = state.Running.Values.SelectMany(s => s.Nodes).GroupBy(n => n).ToDictionary(g => g.Key, g => g.Count());
        foreach (var node in state.Nodes.Values)
        {
            var steps = held.GetValueOrDefault(node.Node.Name);
            if (steps != (node.Verdict == Verdict.Running ? 1 : 0))
                throw new Violation($"{state.Id}: {node.Node.Name} is {node.Verdict} and in {steps} steps");
        }

        if (state.Unfinished != state.Nodes.Values.Count(n => n.Verdict == Verdict.Running) || state.EndedAt is null != state.Unfinished > 0)
            throw new Violation($"{state.Id}: {state.Unfinished} unfinished nodes are miscounted");
        foreach (var step in state.Running.Values.Where(s => s.Pending.IsEmpty || !s.Pending.All(s.Nodes.Contains)))
            throw new Violation($"{step.Id} runs without pending nodes of its own");
    }

    private void Judge(DeploymentState state, NodeVerdict verdict)
    {
        var node = nodes[verdict.Node];
        var facts = state.Nodes[verdict.Node].Facts;
        if (verdict.Verdict == Verdict.Deployed)
        {
            if (node.System != SimulatedSystem.Installed || node.Disk.Image != state.Request.Environment.Image.Sha256)
                Break($"{verdict.Node} is called deployed but runs {node.System} of {node.Disk.Image}");
            if (facts.GetValueOrDefault("image-sha256") != state.Request.Environment.Image.Sha256)
                Break($"{verdict.Node} is called deployed without a verified image");
            NewBoot(verdict, node, facts);
            return;
        }

        if (verdict.Verdict == Verdict.Done)
        {
            if (state.Request.Kind == OperationKind.Reboot)
                NewBoot(verdict, node, facts);
            else if (state.Request.Kind == OperationKind.Power && facts.GetValueOrDefault("power") != (node.On ? "on" : "off"))
                Break($"{verdict.Node} is called {facts.GetValueOrDefault("power")} and is not");
            return;
        }

        if (verdict.Verdict == Verdict.Stopped)
        {
            if (!state.Assignments.Any(x => x.Plan.MacroSteps.Any(m => m.Instances.Any(i => i.MicroSteps.Any(s => s.Breakpoint)))))
                Break($"{verdict.Node} stopped without a breakpoint");
            return;
        }

        if (verdict.Failure is not { Reason.Length: > 0, Detail: not null, Stage.Length: > 0 })
            Break($"{verdict.Node} ended as {verdict.Verdict} without a reason");
    }

    private void NewBoot(NodeVerdict verdict, SimulatedNode node, IReadOnlyDictionary<string, string> facts)
    {
        if (facts.GetValueOrDefault("boot-id") != node.BootId || facts.GetValueOrDefault("boot-id-before") == node.BootId)
            Break($"{verdict.Node} is called {verdict.Verdict} with {facts.GetValueOrDefault("boot-id")} after {facts.GetValueOrDefault("boot-id-before")}, but runs {node.BootId}");
    }

    private static bool IsWindowed(SimulatedCall call) => call.Execution.MicroStep is "reboot" or "reboot_from_deploy_env" || (call.Execution.MicroStep == "power" && call.Execution.Arguments["action"] is not ("off" or "status"));

    private void Break(string what) => _broken ??= what;
}
