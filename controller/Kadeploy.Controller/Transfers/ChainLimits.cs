using System.Collections.Concurrent;

namespace Kadeploy.Controller.Transfers;

/// <summary>What limits each chain that runs now, by the deployment or broadcast it belongs to and its execution: a deployment may have several.</summary>
internal sealed class ChainLimits
{
    private readonly ConcurrentDictionary<(string Operation, string Execution), ChainLimit> _now = new();

    public void Set(string operation, string execution, ChainLimit? limit)
    {
        if (limit is null)
            _now.TryRemove((operation, execution), out _);
        else
            _now[(operation, execution)] = limit;
    }

    /// <summary>What of this node limits its chain; null when nothing does.</summary>
    public string? Of(string operation, string? node) =>
        node is null ? null : _now.Where(l => l.Key.Operation == operation && l.Value.Node == node).Select(l => l.Value.What).FirstOrDefault();
}
