using System.Diagnostics;
using System.Globalization;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Simulation;

/// <summary>Measures the engine's own time with real threads and real time: drivers and journal cost nothing here.</summary>
internal static class EngineCost
{
    public static async Task MeasureAsync(int nodes)
    {
        var request = Scenario.OneCrash(0, false, "reboot").Requests[0].Request;
        StandardPlan.TryMake(request, PlanSettings.Default, out var plan);
        // The first as a controller that was just started has it; the last as one has it that runs for days.
        await TellAsync("first", request, plan, nodes);
        for (var i = 0; i < 5; i++)
            await RunAsync(request, plan, nodes);
        await TellAsync("warm", request, plan, nodes);
    }

    private static async Task TellAsync(string which, DeploymentRequest request, Plan plan, int nodes)
    {
        GC.Collect();
        var before = Environment.CpuUsage.TotalTime;
        var (elapsed, between, calls, bytes) = await RunAsync(request, plan, nodes);
        var cpu = Environment.CpuUsage.TotalTime - before;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{nodes} nodes, {which}: {calls} micro-steps, {between.TotalMilliseconds / (calls - 1):0.00} ms from the last word to the next call, "
            + $"{elapsed.TotalMilliseconds / calls:0.00} ms in all each ({cpu.TotalMilliseconds / calls:0.00} ms of processor), driver and watcher included; "
            + $"journal {bytes / 1e6:0.0} MB"));
    }

    private static async Task<(TimeSpan Elapsed, TimeSpan Between, int Calls, long Bytes)> RunAsync(DeploymentRequest request, Plan plan, int nodes)
    {
        var driver = new InstantDriver();
        var journal = new CountingJournal();
        await using var engine = new DeploymentEngine(driver, journal, TimeProvider.System);
        await engine.ResumeAsync(CancellationToken.None);
        var list = Enumerable.Range(1, nodes).Select(i => new Node($"node-{i}", [], "", "default", null, DiskHint.Only)).ToList();
        var clock = Stopwatch.StartNew();
        await engine.SubmitAsync(request, list, plan, CancellationToken.None);
        await foreach (var told in engine.WatchAsync(request.Id, 0, CancellationToken.None))
        {
            if (told[^1].Kind == DeploymentEventKind.End)
                break;
        }

        var elapsed = clock.Elapsed;
        var end = engine.Get(request.Id)!;
        if (end.Count(Verdict.Deployed) != nodes)
            throw new Violation($"{end.Count(Verdict.Deployed)} of {nodes} deployed");
        return (elapsed, driver.Between, driver.Calls, journal.Bytes);
    }

    private sealed class CountingJournal : IDeploymentJournal
    {
        public long Bytes { get; private set; }

        public Task AppendAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken)
        {
            Bytes += entries.Sum(e => (long)e.Body.Length);
            return Task.CompletedTask;
        }

        public Task<IReadOnlyList<JournalEntry>> LoadUnfinishedAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<JournalEntry>>([]);
    }
}
