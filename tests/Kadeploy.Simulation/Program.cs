using System.Diagnostics;
using System.Globalization;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Simulation;

/// <summary><c>--seeds N [--from S]</c> runs many seeds; <c>--seed S</c> one, with its trace; <c>--cost N</c> measures the engine on N nodes. Exit code 1 when an invariant does not hold.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        var one = Option(arguments, "--seed", 0);
        try
        {
            if (Option(arguments, "--cost", 0) is > 0 and var nodes)
                await EngineCost.MeasureAsync(nodes);
            else if (one > 0)
                Print(Simulation.Run(Scenario.Draw(one), one));
            else
                Many(Option(arguments, "--from", 1), Option(arguments, "--seeds", 1000));
            return 0;
        }
        catch (Violation e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static void Print(Simulation run)
    {
        foreach (var line in run.Trace)
            Console.WriteLine(line);
        foreach (var node in run.Ends.SelectMany(e => e.Nodes.Select(n => (e.Id, n))))
            Console.WriteLine($"{node.Id} {node.n.Node} {node.n.Verdict} {node.n.Failure}");
    }

    private static void Many(int from, int seeds)
    {
        var clock = Stopwatch.StartNew();
        long nodes = 0, deployed = 0, done = 0, interrupted = 0, restarts = 0, writes = 0;
        var simulated = TimeSpan.Zero;
        for (var seed = from; seed < from + seeds; seed++)
        {
            var run = Simulation.Run(Scenario.Draw(seed), seed);
            nodes += run.Ends.Sum(e => e.Nodes.Count);
            deployed += run.Ends.Sum(e => e.Count(Verdict.Deployed));
            done += run.Ends.Sum(e => e.Count(Verdict.Done));
            interrupted += run.Ends.Sum(e => e.Nodes.Count(n => n.Failure?.Reason == "interrupted"));
            restarts += run.Restarts;
            writes += run.Writes;
            simulated += run.Elapsed;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{seeds} seeds in {clock.Elapsed.TotalSeconds:0.0} s: {simulated.TotalHours:0} simulated hours, {nodes} nodes of which {deployed} deployed, {done} rebooted or switched, {interrupted} taken over, {restarts} restarts, {writes} journal writes; every invariant held"));
    }

    private static int Option(string[] arguments, string name, int fallback)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? int.Parse(arguments[at + 1], CultureInfo.InvariantCulture) : fallback;
    }
}
