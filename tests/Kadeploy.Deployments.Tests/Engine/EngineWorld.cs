using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;
using Kadeploy.TestSupport;

namespace Kadeploy.Deployments.Tests.Engine;

/// <summary>An engine with everything around it under control: one thread, manual time, a driver that does as told.</summary>
internal sealed class EngineWorld
{
    private readonly Dictionary<string, WindowSize> _windows;

    public EngineWorld()
        : this([])
    {
    }

    public EngineWorld(Dictionary<string, WindowSize> windows)
    {
        _windows = windows;
        Driver = new(Time);
        Engine = Start();
    }

    public PumpContext Pump { get; } = new();

    public ManualTime Time { get; } = new();

    public MemoryJournal Journal { get; } = new();

    public FakeDriver Driver { get; }

    public DeploymentEngine Engine { get; private set; }

    public List<string> Notices { get; } = [];

    public static EngineWorld Reacting(Func<StepExecution, string, Reaction> react) => new() { Driver = { React = react } };

    public SubmitResult Submit(string nodes, Plan plan, string id = "D-1", string user = "alice") =>
        Pump.Complete(() => Engine.SubmitAsync(Sample.Request(id, user), Sample.Nodes(nodes), plan, CancellationToken.None));

    /// <summary>Submits and lets time pass until the deployment ends.</summary>
    public DeploymentSnapshot Deploy(string nodes, Plan plan, string id = "D-1")
    {
        Assert.IsType<SubmitResult.Accepted>(Submit(nodes, plan, id));
        return RunToEnd(id);
    }

    /// <summary>Lets time pass from timer to timer until the deployment ends.</summary>
    public DeploymentSnapshot RunToEnd(string id = "D-1")
    {
        Pump.Drain();
        for (var i = 0; i < 100_000 && Engine.Get(id)!.EndedAt is null; i++)
        {
            var moved = false;
            Pump.Run(() => moved = Time.AdvanceToNext());
            Assert.True(moved, $"stuck: no timer is set and {id} has not ended:\n{Describe(id)}");
            Pump.Drain();
        }

        return Engine.Get(id)!;
    }

    public void Advance(double seconds)
    {
        Pump.Drain();
        var until = Time.GetUtcNow() + TimeSpan.FromSeconds(seconds);
        while (Time.NextDue <= until)
        {
            Pump.Run(() => Time.AdvanceToNext());
            Pump.Drain();
        }

        Pump.Run(() => Time.Advance(until - Time.GetUtcNow()));
        Pump.Drain();
    }

    public bool Cancel(string id = "D-1", params string[] nodes) =>
        Pump.Complete(() => Engine.CancelAsync(id, "bob", nodes.Length == 0 ? null : nodes, CancellationToken.None));

    /// <summary>The controller stops as planned, time passes, and another starts on the same journal.</summary>
    public void Restart(double secondsAway = 0)
    {
        Pump.Complete(Engine.StopAsync);
        Away(secondsAway);
        Engine = Start();
    }

    /// <summary>After a crash of the engine: another one starts on the same journal.</summary>
    public void StartAgain(double secondsAway = 0)
    {
        Pump.Drain();
        Away(secondsAway);
        Engine = Start();
    }

    public string Describe(string id) => string.Join('\n', Engine.Get(id)!.Nodes.Select(n => $"{n.Node} {n.MacroStep}/{n.MicroStep} #{n.Attempt} {n.Verdict} {n.Failure}"));

    private void Away(double seconds) => Pump.Run(() => Time.Advance(TimeSpan.FromSeconds(seconds)));

    private DeploymentEngine Start()
    {
        DeploymentEngine? engine = null;
        Pump.Run(() => engine = new(Driver, Journal, Time, new() { Notice = (text, _) => Notices.Add(text), CancelGrace = TimeSpan.FromSeconds(3), FinishedKept = 3, Windows = _windows }));
        Pump.Complete(() => engine!.ResumeAsync(CancellationToken.None));
        return engine!;
    }
}
