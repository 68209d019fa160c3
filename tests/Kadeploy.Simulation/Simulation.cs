using System.Globalization;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;
using Kadeploy.TestSupport;

namespace Kadeploy.Simulation;

/// <summary>The real engine with real plans, on simulated machines, in simulated time, on one thread: the same seed is the same run, to the event.</summary>
internal sealed class Simulation : IAsyncDisposable
{
    /// <summary>How long a cancelled call may keep its node and its place: EngineOptions.CancelGrace.</summary>
    private const double Grace = 10;

    private readonly PumpContext _pump = new();
    private readonly ManualTime _time = new();
    private readonly List<string> _trace = [];
    private readonly Scenario _scenario;
    private readonly Dictionary<string, SimulatedNode> _nodes;
    private readonly Invariants _invariants;
    private readonly SimulatedJournal _journal;
    private readonly SimulatedDriver _driver;
    private readonly DateTimeOffset _start;
    private readonly List<Task> _requests = [];
    private DeploymentEngine? _engine;

    private Simulation(Scenario scenario, int seed)
    {
        _scenario = scenario;
        _start = _time.GetUtcNow();
        var random = new Random(seed);
        _nodes = scenario.Nodes.ToDictionary(n => n.Name, n => new SimulatedNode(n.Name, n.Faults, random, _time, Note));
        _invariants = new(_nodes, scenario.RebootWindow, _time);
        _journal = new(_time, _invariants.Kept);
        foreach (var (write, kept) in scenario.Crashes)
            _journal.Crashes[write] = kept;
        _invariants.Journal = _journal;
        _driver = new(_nodes, random, _time, _invariants, Note);
    }

    public IReadOnlyList<string> Trace => _trace;

    public int Restarts { get; private set; }

    public int Writes => _journal.Writes;

    public IReadOnlyList<DeploymentSnapshot> Ends { get; private set; } = [];

    public TimeSpan Elapsed => _time.GetUtcNow() - _start;

    /// <summary>Runs a scenario to its end.</summary>
    /// <exception cref="Violation">An invariant does not hold; the message has the trace.</exception>
    public static Simulation Run(Scenario scenario, int seed)
    {
        var simulation = new Simulation(scenario, seed);
        try
        {
            simulation.Run();
            return simulation;
        }
        catch (Exception e) when (e is Violation or InvalidOperationException or InvalidDataException)
        {
            throw new Violation($"seed {seed}: {e.Message}\n{string.Join('\n', simulation._trace.TakeLast(200))}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
    }

    private void Run()
    {
        StartEngine();
        foreach (var (request, assignments, at) in _scenario.Requests)
            _requests.Add(Within(() => SubmitAsync(request, assignments, at)));
        foreach (var (deployment, node, at) in _scenario.Cancels)
            _requests.Add(Within(() => CancelAsync(deployment, node, at)));
        for (var i = 0; !Finished(); i++)
        {
            if (i > 200_000)
                throw new Violation("it does not come to an end");
            Step();
        }

        Ends = [.. _journal.Entries.GroupBy(e => e.Deployment).Select(g => DeploymentHistory.Replay([.. g]))];
        foreach (var end in Ends)
            CheckEnd(end);
        var stopped = Within(async () => await DisposeAsync());
        for (_pump.Drain(); !stopped.IsCompleted; _pump.Drain())
            _pump.Run(() => _time.AdvanceToNext());
    }

    private void Step()
    {
        while (_pump.Step())
            _invariants.Check();
        if (_engine!.Completion.IsFaulted)
        {
            Restart();
            return;
        }

        if (Finished())
            return;
        var moved = false;
        _pump.Run(() => moved = _time.AdvanceToNext());
        if (!moved)
            throw new Violation("stuck: nothing will ever happen again");
    }

    private bool Finished() => _requests.All(r => r.IsCompleted) && !_engine!.Completion.IsFaulted && _journal.States.Values.All(s => s.EndedAt is not null);

    private void Restart()
    {
        Restarts++;
        _invariants.ControllerDied();
        Note($"controller killed at write {_journal.Writes}, away for {_scenario.SecondsAway:0} s");
        var until = _time.GetUtcNow() + TimeSpan.FromSeconds(_scenario.SecondsAway);
        while (_time.NextDue <= until)
        {
            _pump.Run(() => _time.AdvanceToNext());
            _pump.Drain();
        }

        _pump.Run(() => _time.Advance(until - _time.GetUtcNow()));
        StartEngine();
    }

    private void StartEngine()
    {
        _pump.Run(() => _engine = new(_driver, _journal, _time, new() { Notice = (text, _) => Note(text), Windows = Windows() }));
        var resumed = Within(() => _engine!.ResumeAsync(CancellationToken.None));
        _requests.Add(resumed.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));
    }

    private async Task SubmitAsync(DeploymentRequest request, IReadOnlyList<Assignment> assignments, double at)
    {
        await Task.Delay(TimeSpan.FromSeconds(at), _time);
        for (var tries = 0; tries < 20; tries++)
        {
            // The API's idempotency key: whoever asks again for what has ended meanwhile is told so, and never gets to the engine (found by seed 1499).
            if (_journal.States.GetValueOrDefault(request.Id) is { EndedAt: not null })
                return;
            try
            {
                var result = await _engine!.SubmitAsync(request, assignments, CancellationToken.None);
                Note($"submitted {request.Id}: {result}");
                // A client whose answer was lost in a crash asks again with the same id, and may find it accepted.
                if (result is not SubmitResult.Busy)
                    return;
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                Note($"{request.Id}: {e.Message}");
            }

            await Task.Delay(TimeSpan.FromSeconds(100), _time);
        }
    }

    private async Task CancelAsync(string deployment, string? node, double at)
    {
        await Task.Delay(TimeSpan.FromSeconds(at), _time);
        try
        {
            var any = await _engine!.CancelAsync(deployment, "bob", node is null ? null : [node], CancellationToken.None);
            Note($"cancelled {node ?? "all"} of {deployment}: {any}");
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            Note($"cancel of {deployment}: {e.Message}");
        }
    }

    private void CheckEnd(DeploymentSnapshot end)
    {
        var longest = end.Plans.Max(p => Bound(p, end.Nodes.Count));
        var allowed = longest + Waits() + (Restarts * (_scenario.SecondsAway + LongestStep(end.Plans, end.Nodes.Count)));
        var took = (end.EndedAt! - end.CreatedAt).Value.TotalSeconds;
        if (took > allowed + 1)
            throw new Violation($"{end.Id} took {took} s where its policy allows {allowed} s");
        if (_engine!.Get(end.Id) is { } seen && !seen.Nodes.Select(n => (n.Node, n.Verdict, n.NodeSet)).SequenceEqual(end.Nodes.Select(n => (n.Node, n.Verdict, n.NodeSet))))
            throw new Violation($"{end.Id}: the journal tells another story than the engine");
        // A reboot fails where an interrupted deployment left nothing to boot: that is no fault of the engine's.
        if (end.Request.Kind == OperationKind.Reboot)
            return;
        foreach (var node in end.Nodes.Where(n => n.Verdict == Verdict.Failed && _nodes[n.Node].Faults.IsHealthy && !Explained(end, n)))
            throw new Violation($"{node.Node} is healthy but failed in {end.Id}: {node.Failure}");
    }

    /// <summary>A healthy node can fail by the fault of its set: a limit of the whole instance, used up by others; or a driver's exception.</summary>
    private bool Explained(DeploymentSnapshot end, NodeSnapshot node) =>
        node.Failure!.Reason == "internal-error" ||
        (node.Failure.Reason == "deadline" && end.Nodes.Any(n => !_nodes[n.Node].Faults.IsHealthy) && end.Plans.Any(p => p.MacroSteps.Any(m => m.Instances.Any(i => i.Timeout is not null))));

    private Dictionary<string, WindowSize> Windows() =>
        _scenario.RebootWindow is { } window ? new() { ["reboot"] = window } : [];

    /// <summary>Longest wait at the window: everybody, in every try of every windowed step, one after the other.</summary>
    private double Waits()
    {
        if (_scenario.RebootWindow is not { } window)
            return 0;
        return _scenario.Requests.Sum(r => r.Assignments.Sum(a => a.Nodes.Count * a.Plan.MacroSteps.Sum(m => m.Instances.Sum(i =>
            (i.Retries + 1) * i.MicroSteps.Where(s => s.Window is not null).Sum(s => s.Limit.For(a.Nodes.Count).TotalSeconds + window.Pause.TotalSeconds + Grace)))));
    }

    private static double Bound(Plan plan, int nodes) => plan.MacroSteps.Sum(m => m.Instances.Sum(i => (i.Retries + 1) * i.MicroSteps.Sum(s => s.Limit.For(nodes).TotalSeconds)));

    private static double LongestStep(IEnumerable<Plan> plans, int nodes) =>
        plans.Max(p => p.MacroSteps.SelectMany(m => m.Instances).SelectMany(i => i.MicroSteps).Max(s => s.Limit.For(nodes).TotalSeconds));

    private Task Within(Func<Task> start)
    {
        Task? task = null;
        _pump.Run(() => task = start());
        return task!;
    }

    private void Note(string text) => _trace.Add(string.Create(CultureInfo.InvariantCulture, $"{(_time.GetUtcNow() - _start).TotalSeconds,9:0.000} {text}"));
}
