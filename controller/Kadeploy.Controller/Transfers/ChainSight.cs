using Kadeploy.Controller.Agents;

namespace Kadeploy.Controller.Transfers;

/// <summary>
/// What the nodes of one chain say about themselves, and what follows from it: which disk or link everybody waits for. Above the bottleneck every
/// ring is full, below it every ring is empty; so it is at the last node whose ring is full: its disk when what fills the ring waits to be written,
/// else the link to its successor.
/// </summary>
/// <param name="order">The nodes in the order of the chain, without the head.</param>
/// <param name="ringBytes">Size of a node's ring.</param>
internal sealed class ChainSight(IReadOnlyList<string> order, long ringBytes)
{
    // Thousands speak every second: the whole chain is not looked through for every word.
    private const int EveryWord = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TransferSighting> _seen = [];
    private ChainLimit? _found;
    private int _words;

    /// <summary>Takes in what a node said, and answers who limits the chain now; null while nothing does or everybody has all.</summary>
    public ChainLimit? Update(string node, TransferSighting sighting)
    {
        lock (_lock)
        {
            _seen[node] = sighting;
            if (_words++ % Math.Max(1, order.Count / EveryWord) == 0)
                _found = Find();
            return _found;
        }
    }

    private ChainLimit? Find()
    {
        for (var i = order.Count - 1; i >= 0; i--)
        {
            if (!_seen.TryGetValue(order[i], out var it) || it.Written == it.Total || it.Buffered < ringBytes / 3)
                continue;
            if (it.Received - it.Written >= it.Buffered / 2)
                return new ChainLimit(order[i], ChainLimit.Disk);
            return it.Successor.Length > 0 ? new ChainLimit(it.Successor, ChainLimit.Link) : null;
        }
        // Every ring is empty: the first node takes whatever the head's link brings.
        return order.Count > 0 && _seen.TryGetValue(order[0], out var first) && first.Received > 0 && first.Received < first.Total
            ? new ChainLimit(order[0], ChainLimit.Link)
            : null;
    }
}
