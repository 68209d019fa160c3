using Kadeploy.Controller.Boot;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>While nodes boot, tells the engine what is seen of each, so that the verdict on one that never comes up says how far it got.</summary>
internal sealed class Sightings : IDisposable
{
    private readonly BootWatch _watch;
    private readonly IStepReport _report;
    private readonly Dictionary<string, string> _nodeByMac;

    /// <param name="watch">Where machines are seen.</param>
    /// <param name="nodes">The nodes waited for.</param>
    /// <param name="report">Gets the sightings as progress.</param>
    /// <param name="until">What is waited for, for a person.</param>
    /// <param name="sinceReset">Also what was seen before this wait began: <see cref="Reboot"/> forgot all that was older than its reset.</param>
    public Sightings(BootWatch watch, IReadOnlyList<Node> nodes, IStepReport report, string until, bool sinceReset = false)
    {
        (_watch, _report) = (watch, report);
        _nodeByMac = nodes.SelectMany(n => n.Macs.Select(mac => (mac, n.Name))).ToDictionary(p => p.mac, p => p.Name);
        foreach (var node in nodes)
            _report.Progress(node.Name, $"waiting for {until}; since its reboot nothing of it was seen");
        _watch.Seen += Tell;
        if (!sinceReset)
            return;
        foreach (var sighting in _nodeByMac.Keys.Select(_watch.LastOf).OfType<BootSighting>().OrderBy(s => s.At))
            Tell(sighting);
    }

    public void Dispose() => _watch.Seen -= Tell;

    private void Tell(BootSighting sighting)
    {
        if (_nodeByMac.TryGetValue(sighting.Mac, out var node))
            _report.Progress(node, $"{sighting.What} ({sighting.At:HH:mm:ss} UTC)");
    }
}
