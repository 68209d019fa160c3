using Kadeploy.Controller.Agents;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Drivers;

/// <summary>Hands what an agent says about a step on to the engine.</summary>
internal sealed class StepListener(string node, IStepReport report) : IStepListener
{
    public void Progress(string activity, long done, long total) => report.Progress(node, activity, done, total);

    public void Transfer(TransferSighting sighting)
    {
        var from = sighting.Predecessor.Length > 0 ? $"receiving from {sighting.Predecessor}" : "waiting for its predecessor";
        var verdict = sighting.Verdicts.Count > 0 ? $"; {sighting.Verdicts[^1]}" : "";
        report.Progress(node, from + verdict, sighting.Written, sighting.Total);
    }
}
