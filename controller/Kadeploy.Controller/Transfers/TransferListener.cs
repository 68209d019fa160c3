using Kadeploy.Controller.Agents;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Transfers;

/// <summary>Hands what an agent says about its part of a chain on to the engine, and to the view of the whole chain.</summary>
internal sealed class TransferListener(string node, IStepReport report, Action<TransferSighting> seen) : IStepListener
{
    private bool _sighted;

    public void Progress(string activity, long done, long total)
    {
        // The sightings say the same and more.
        if (!_sighted)
            report.Progress(node, activity, done, total);
    }

    public void Transfer(TransferSighting sighting)
    {
        _sighted = true;
        seen(sighting);
        var from = sighting.Predecessor.Length > 0 ? $"receiving from {sighting.Predecessor}" : "waiting for its predecessor";
        var verdict = sighting.Verdicts.Count > 0 ? $"; {sighting.Verdicts[^1]}" : "";
        report.Progress(node, from + verdict, sighting.Written, sighting.Total);
    }
}
