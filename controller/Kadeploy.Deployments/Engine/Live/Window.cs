namespace Kadeploy.Deployments.Engine.Live;

/// <summary>
/// One window: places, who is in them, and who waits, first come first served. It really limits: a place is empty only when its node was
/// reported and the pause is over. (Kadeploy3's refilled itself when nothing was given back for a while.) Used by the engine's loop only.
/// </summary>
internal sealed class Window(WindowSize size)
{
    private readonly LinkedList<(string Deployment, string Execution, string Node)> _waiting = new();
    private readonly HashSet<(string Execution, string Node)> _inside = [];
    private int _pausing;

    /// <summary>Nodes come to wait; those that are inside already stay there.</summary>
    public void Queue(string deployment, string execution, IEnumerable<string> nodes)
    {
        foreach (var node in nodes.Where(n => !_inside.Contains((execution, n))))
            _waiting.AddLast((deployment, execution, node));
    }

    public bool IsInside(string execution, string node) => _inside.Contains((execution, node));

    /// <summary>Nodes that are inside since before a restart.</summary>
    public void Occupy(string execution, IEnumerable<string> nodes) => _inside.UnionWith(nodes.Select(n => (execution, n)));

    /// <summary>Lets in whom there is place for: nodes of one step together.</summary>
    public List<(string Deployment, string Execution, List<string> Nodes)> Admit()
    {
        var admitted = new List<(string Deployment, string Execution, List<string> Nodes)>();
        while (_inside.Count + _pausing < size.Nodes && _waiting.First is { } first)
        {
            var (deployment, execution, node) = first.Value;
            _waiting.RemoveFirst();
            _inside.Add((execution, node));
            if (admitted.Count == 0 || admitted[^1].Execution != execution)
                admitted.Add((deployment, execution, []));
            admitted[^1].Nodes.Add(node);
        }

        return admitted;
    }

    /// <summary>Nodes leave, wherever they are; those that were inside leave their places empty for the pause.</summary>
    /// <returns>How many places become free when the pause is over.</returns>
    public int Release(string execution, IReadOnlyCollection<string> nodes)
    {
        var leaving = 0;
        var gone = new HashSet<string>();
        foreach (var node in nodes)
        {
            if (_inside.Remove((execution, node)))
                leaving++;
            else
                gone.Add(node);
        }

        for (var at = _waiting.First; at is not null && gone.Count > 0;)
        {
            var next = at.Next;
            if (at.Value.Execution == execution && gone.Remove(at.Value.Node))
                _waiting.Remove(at);
            at = next;
        }

        _pausing += leaving;
        return leaving;
    }

    public void PauseOver(int places) => _pausing -= places;
}
