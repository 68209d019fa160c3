namespace Kadeploy.Deployments.Engine.Live;

/// <summary>
/// What each node last said, in the order in which it was said: whoever has seen all up to some version finds the rest at the end, however many
/// nodes there are.
/// </summary>
internal sealed class ProgressBook
{
    private readonly Dictionary<string, LinkedListNode<(NodeProgress Progress, DeploymentEvent Told)>> _byNode = [];
    private readonly LinkedList<(NodeProgress Progress, DeploymentEvent Told)> _inOrder = new();

    public NodeProgress? Find(string node) => _byNode.TryGetValue(node, out var at) ? at.Value.Progress : null;

    /// <summary>The newest of all.</summary>
    /// <param name="node">Who said it.</param>
    /// <param name="progress">What was said.</param>
    /// <param name="told">The same for whoever watches: one object for all of them.</param>
    public void Set(string node, NodeProgress progress, DeploymentEvent told)
    {
        if (_byNode.TryGetValue(node, out var at))
        {
            _inOrder.Remove(at);
            at.Value = (progress, told);
            _inOrder.AddLast(at);
        }
        else
        {
            _byNode[node] = _inOrder.AddLast((progress, told));
        }
    }

    public void Remove(string node)
    {
        if (_byNode.Remove(node, out var at))
            _inOrder.Remove(at);
    }

    /// <summary>What was said after a version, oldest first.</summary>
    public List<DeploymentEvent> After(long version)
    {
        var found = new List<DeploymentEvent>();
        for (var at = _inOrder.Last; at is not null && at.Value.Progress.Version > version; at = at.Previous)
            found.Add(at.Value.Told);
        found.Reverse();
        return found;
    }
}
