using System.Collections.Frozen;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>
/// The nodes of one deployment numbered once, in the order of the chain. What is kept for each node is then an array and not a tree: measured with
/// 5,000 nodes, trees of names were most of the engine's time.
/// </summary>
internal sealed class NodeIndex
{
    private readonly FrozenDictionary<string, int> _numbers;

    public NodeIndex(IReadOnlyList<string> names)
    {
        Names = names;
        _numbers = names.Index().ToFrozenDictionary(n => n.Item, n => n.Index, StringComparer.Ordinal);
    }

    public IReadOnlyList<string> Names { get; }

    public int Count => Names.Count;

    /// <summary>The node's number; negative for a name that is not in the deployment.</summary>
    public int Of(string name) => _numbers.TryGetValue(name, out var number) ? number : -1;
}
