using Kadeploy.Deployments.Engine;

namespace Kadeploy.Simulation;

/// <summary>Passes on what the driver says and tells the invariants about it.</summary>
internal sealed class GuardedReport(SimulatedCall call, IStepReport report, Invariants invariants)
{
    public void Finished(string node, Outcome outcome)
    {
        invariants.Reported(call, node);
        report.Finished(node, outcome);
    }

    public CancellationToken TokenOf(string node) => report.TokenOf(node);

    public void LetGo(string node)
    {
        invariants.Reported(call, node);
        report.LetGo(node);
    }

    public void Dropped(string node) => invariants.Reported(call, node);

    public void Repeat(string node, Outcome outcome) => report.Finished(node, outcome);

    public void Progress(string node, string activity) => report.Progress(node, activity);
}
