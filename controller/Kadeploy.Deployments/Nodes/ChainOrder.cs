namespace Kadeploy.Deployments.Nodes;

/// <summary>
/// The order of a chain: what hangs at one switch stays together, at every level, and begins where the head is, so that a link between two switches
/// carries the image once in each direction at most. In a tree that is a walk in depth; inside a switch, and where nothing is known, the order
/// of names decides.
/// </summary>
public static class ChainOrder
{
    /// <summary>Arranges nodes.</summary>
    /// <param name="paths">Each node's switches from the root of the network down to the one it hangs at; empty when not known.</param>
    /// <param name="head">The head's switches in the same way; empty for the root.</param>
    /// <returns>The names in the order of the chain; nodes of which nothing is known last.</returns>
    public static IReadOnlyList<string> Arrange(IReadOnlyDictionary<string, IReadOnlyList<string>> paths, IReadOnlyList<string> head)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(head);
        var order = new List<string>(paths.Count);
        Walk([.. paths.Where(p => p.Value.Count > 0)], 0, head, order);
        order.AddRange(paths.Where(p => p.Value.Count == 0).Select(p => p.Key).Order(NodeNameComparer.Instance));
        return order;
    }

    /// <param name="nodes">Nodes below one switch.</param>
    /// <param name="depth">Its level.</param>
    /// <param name="head">The head's path when it is below this switch, else empty.</param>
    /// <param name="order">Gets them.</param>
    private static void Walk(List<KeyValuePair<string, IReadOnlyList<string>>> nodes, int depth, IReadOnlyList<string> head, List<string> order)
    {
        var below = nodes.Where(n => n.Value.Count > depth).GroupBy(n => n.Value[depth])
            .OrderBy(g => depth < head.Count && g.Key == head[depth] ? 0 : 1).ThenBy(g => g.Key, NodeNameComparer.Instance).ToList();
        var first = below.Count > 0 && depth < head.Count && below[0].Key == head[depth] ? 1 : 0;
        foreach (var group in below.Take(first))
            Walk([.. group], depth + 1, head, order);
        order.AddRange(nodes.Where(n => n.Value.Count == depth).Select(n => n.Key).Order(NodeNameComparer.Instance));
        foreach (var group in below.Skip(first))
            Walk([.. group], depth + 1, [], order);
    }
}
