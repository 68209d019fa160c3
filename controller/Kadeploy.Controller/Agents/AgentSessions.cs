using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Agents;

/// <summary>The agents that are connected now. One session per machine: a newer one ends the older.</summary>
internal sealed class AgentSessions
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, AgentSession> _byMac = [];
    private readonly Dictionary<string, AgentSession> _byNode = [];

    // Nodes by the MAC under which they were accepted while no session was here: its agent may be in the middle of being greeted as a stranger.
    private readonly Dictionary<string, string> _accepted = [];

    /// <summary>Raised after an agent was let in, outside any lock; handlers must be quick and never throw.</summary>
    public event Action<AgentSession>? Arrived;

    /// <summary>Raised after an agent's stream ended and no newer one took its place.</summary>
    public event Action<AgentSession>? Left;

    public int Count
    {
        get
        {
            lock (_lock)
                return _byMac.Count;
        }
    }

    /// <summary>The session of a machine, whether it is a node's or only enrolled.</summary>
    public AgentSession? Find(string mac)
    {
        lock (_lock)
            return _byMac.GetValueOrDefault(mac);
    }

    /// <summary>The session in which a node proved itself with its token.</summary>
    public AgentSession? OfNode(string node)
    {
        lock (_lock)
            return _byNode.GetValueOrDefault(node);
    }

    /// <returns>The node as which the machine was accepted while its agent, that is let in as a stranger here, was being greeted; null without one.</returns>
    public string? Attach(AgentSession session)
    {
        var replaced = new List<AgentSession>();
        string? accepted;
        lock (_lock)
        {
            if (_byMac.TryGetValue(session.Mac, out var sameMachine))
                replaced.Add(sameMachine);
            // A node may have booted from another of its interfaces before.
            if (session.Identity.IsKnown && _byNode.TryGetValue(session.Node, out var sameNode) && sameNode != sameMachine)
                replaced.Add(sameNode);
            foreach (var old in replaced)
                Remove(old);
            _byMac[session.Mac] = session;
            if (session.Identity.IsKnown)
                _byNode[session.Node] = session;
            accepted = _accepted.Remove(session.Mac, out var node) && !session.Identity.IsKnown ? node : null;
        }
        foreach (var old in replaced)
            old.Close("a newer stream took its place");
        Arrived?.Invoke(session);
        return accepted;
    }

    /// <summary>A machine that enrolled by itself was accepted while its agent is here: it is the node's from now on, and is told so.</summary>
    public async Task AcceptAsync(string mac, string node, Func<AgentIdentity, Task<string>> makeSecret)
    {
        AgentSession session;
        lock (_lock)
        {
            if (!_byMac.TryGetValue(mac, out session!))
            {
                _accepted[mac] = node;
                return;
            }
            if (session.Identity.IsKnown)
                return;
            session.Identity = session.Identity with { Node = node };
            _byNode[node] = session;
        }
        session.Send(new ControllerMessage { Welcome = new Welcome { Node = node, SessionSecret = await makeSecret(session.Identity) } });
        Arrived?.Invoke(session);
    }

    public void Detach(AgentSession session)
    {
        bool wasCurrent;
        lock (_lock)
            wasCurrent = Remove(session);
        if (wasCurrent)
            Left?.Invoke(session);
    }

    /// <summary>Waits until all of these nodes have a session, or for <paramref name="grace"/>: after a restart of the controller agents need a moment to dial again.</summary>
    public async Task GatherAsync(IReadOnlyList<string> nodes, TimeSpan grace, TimeProvider time, CancellationToken cancellationToken)
    {
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Arrived += Look;
        try
        {
            Look(null);
            await all.Task.WaitAsync(grace, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Who is not here by now is the caller's to judge.
        }
        finally
        {
            Arrived -= Look;
        }

        void Look(AgentSession? _)
        {
            if (nodes.All(n => OfNode(n) is not null))
                all.TrySetResult();
        }
    }

    private bool Remove(AgentSession session)
    {
        if (!_byMac.TryGetValue(session.Mac, out var current) || current != session)
            return false;
        _byMac.Remove(session.Mac);
        if (session.Identity.IsKnown && _byNode.GetValueOrDefault(session.Node) == session)
            _byNode.Remove(session.Node);
        return true;
    }
}
