using System.Collections.Concurrent;
using Kadeploy.Deployments.Engine.Journal;

namespace Kadeploy.Deployments.Engine.Live;

/// <summary>The deployments in memory and who owns which node. Only the engine's loop changes it; anybody may read.</summary>
internal sealed class DeploymentRegister
{
    private readonly ConcurrentDictionary<string, LiveDeployment> _deployments = new();
    private readonly ConcurrentDictionary<string, BusyNode> _owners = new();
    private readonly Queue<string> _finished = [];

    public IEnumerable<LiveDeployment> All => _deployments.Values;

    public LiveDeployment? Find(string id) => _deployments.GetValueOrDefault(id);

    public BusyNode? OwnerOf(string node) => _owners.GetValueOrDefault(node);

    /// <summary>Adds a deployment; its nodes without a verdict are its own from now on.</summary>
    public void Add(LiveDeployment live)
    {
        var state = live.State;
        _deployments[state.Id] = live;
        if (!InterruptTable.Owns(state.Request.Kind))
            return;
        foreach (var node in state.Nodes.Values.Where(n => n.Verdict == Verdict.Running))
            _owners[node.Node.Name] = new(node.Node.Name, state.Id, state.Request.User, state.CreatedAt, state.Request.Kind);
    }

    /// <summary>Nodes of a deployment have their verdict. One that only looks owns none, and takes none away from its owner.</summary>
    public void Free(string id, IReadOnlyList<NodeVerdict> verdicts)
    {
        foreach (var verdict in verdicts)
        {
            if (_owners.TryGetValue(verdict.Node, out var owner) && owner.Deployment == id)
                _owners.TryRemove(verdict.Node, out _);
        }
    }

    /// <summary>Counts a deployment as finished, and forgets the oldest of them beyond <paramref name="kept"/>.</summary>
    public void Retire(string id, int kept)
    {
        _finished.Enqueue(id);
        while (_finished.Count > kept)
            _deployments.TryRemove(_finished.Dequeue(), out _);
    }
}
