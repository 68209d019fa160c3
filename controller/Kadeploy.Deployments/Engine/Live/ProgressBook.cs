namespace Kadeploy.Deployments.Engine.Live;

/// <summary>
/// What each node last said, in the order in which it was said: whoever has seen all up to some version finds the rest at the end, however many
/// nodes there are.
/// </summary>
internal sealed class ProgressBook
{
    private readonly Dictionary<string, LinkedListNode<(string Node, NodeProgress Progress)>> _byNode = [];
    private readonly LinkedList<(string Node, NodeProgress Progress)> _inOrder = new();

    public NodeProgress? Find(string node) => _byNode.TryGetValue(node, out var at) ? at.Value.Progress : null;

    /// <summary>The newest of all.</summary>
    public void Set(string node, NodeProgress progress)
    {
        if (_byNode.TryGetValue(node, out var at))
        {
            _inOrder.Remove(at);
            at.Value = (node, progress);
            _inOrder.AddLast(at);
        }
        else
        {
            _byNode[node] = _inOrder.AddLast((node, progress));
        }
    }

    public void Remove(string node)
    {
        if (_byNode.Remove(node, out var at))
            _inOrder.Remove(at);
    }

    /// <summary>What was said after a version, oldest first.</summary>
    public List<(string Node, NodeProgress Progress)> After(long version)
    {
        var found = new List<(string Node, NodeProgress Progress)>();
        for (var at = _inOrder.Last; at is not null && at.Value.Progress.Version > version; at = at.Previous)
            found.Add(at.Value);
        found.Reverse();
        return found;
    }
}
