using System.Globalization;
using System.Text;

namespace Kadeploy.FleetAgents;

/// <summary>What came of a fleet.</summary>
internal sealed record FleetResult(
    int Nodes,
    int ExitCode,
    IReadOnlyList<string> Wrong,
    TimeSpan Wall,
    TimeSpan SlowestAlone,
    TimeSpan Healthy,
    TimeSpan SlowestHealthyAlone,
    TimeSpan Processor,
    TimeSpan Client,
    TimeSpan Machines,
    int PeakDescriptors,
    long PeakResidentBytes,
    long Events,
    int Sessions,
    long DatabaseBytes,
    AudienceResult? Audience)
{
    // kadeploy: 2 means that some were deployed and some were not.
    public bool Good => Wrong.Count == 0 && Audience is null or { Bad.Count: 0 } && ExitCode is 0 or 2;

    public override string ToString()
    {
        var text = new StringBuilder();
        Line($"nodes                         {Nodes}, image flow simulated at the agent");
        Line($"verdicts                      {Nodes - Wrong.Count} right, {Wrong.Count} wrong; kadeploy ended with {ExitCode}");
        Line($"wall time, every verdict      {Wall.TotalSeconds:0.0} s; the slowest machine alone {SlowestAlone.TotalSeconds:0.0} s: {Wall / SlowestAlone:0.000}");
        Line($"last healthy one deployed     {Healthy.TotalSeconds:0.0} s; the slowest healthy one alone {SlowestHealthyAlone.TotalSeconds:0.0} s: {Healthy / SlowestHealthyAlone:0.000}");
        Line($"kadeployd                     {Processor.TotalSeconds:0.0} s of processor, {PeakResidentBytes / 1e6:0} MB at most, {PeakDescriptors} descriptors at most");
        Line($"beside it on this machine     kadeploy {Client.TotalSeconds:0.0} s of processor, the simulated machines {Machines.TotalSeconds:0.0} s: {(Processor + Client + Machines) / Wall / Environment.ProcessorCount:0.00} of its {Environment.ProcessorCount} processors in all");
        Line($"events                        {Events}, {Events / Wall.TotalSeconds:0} a second; {Sessions} agent sessions");
        Line($"database                      {DatabaseBytes / 1e6:0.0} MB");
        if (Audience is { } seen)
        {
            Line($"looked on                     {seen.Watchers} event streams, {seen.Events} events; {seen.Questions} questions, {seen.Questions / Wall.TotalSeconds:0} a second, median {seen.MedianMilliseconds:0.0} ms, 99th percentile {seen.SlowMilliseconds:0} ms; {seen.Bad.Count} lost, refused or out of order");
            foreach (var bad in seen.Bad.Take(20))
                Line($"LOST {bad}");
        }
        foreach (var wrong in Wrong.Take(20))
            Line($"WRONG {wrong}");
        return text.ToString();

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
