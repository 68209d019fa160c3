using Kadeploy.Deployments.Engine.State;

namespace Kadeploy.Deployments.Engine.Live;

/// <summary>A deployment in memory: its state, what its nodes say at this moment, and everything it has told.</summary>
internal sealed class LiveDeployment(DeploymentState state)
{
    /// <summary>A rate over less time than this is noise.</summary>
    private static readonly TimeSpan RateInterval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly List<DeploymentEvent> _events = [];
    private readonly ProgressBook _progress = new();
    private readonly HashSet<TaskCompletionSource> _watchers = [];
    private DeploymentState _published = state;
    private long _version;

    /// <summary>The newest state; only the engine's loop looks at it.</summary>
    public DeploymentState State { get; set; } = state;

    public DeploymentSnapshot Snapshot()
    {
        lock (_lock)
            return Snapshots.Of(_published, _progress.Find);
    }

    /// <summary>Whether the journal lacks a node's outcome in an execution that runs.</summary>
    public bool Awaits(string execution, string node)
    {
        lock (_lock)
            return _published.Running.TryGetValue(execution, out var step) && step.Pending.Contains(node);
    }

    /// <summary>Makes what is in the journal visible.</summary>
    public void Publish(DeploymentState state, IReadOnlyList<DeploymentEvent> events)
    {
        lock (_lock)
        {
            _published = state;
            _events.AddRange(events);
            foreach (var told in events)
            {
                // What a node said belongs to the step in which it said so.
                if (told.Node is not null)
                    _progress.Remove(told.Node);
            }

            Wake();
        }
    }

    public void Progress(string execution, string node, DateTimeOffset at, string activity, long done, long total)
    {
        lock (_lock)
        {
            // A late word about a step that the node has left would be shown as what it does now.
            if (!_published.Running.TryGetValue(execution, out var step) || !step.Pending.Contains(node))
                return;
            var last = _progress.Find(node);
            var version = ++_version;
            if (last is null || last.Execution != execution || done < last.RatedDone)
            {
                Tell(node, step, new(execution, version, at, activity, done, total, 0, at, done));
            }
            else
            {
                var next = last with { Version = version, At = at, Activity = activity, Done = done, Total = total };
                if (at - last.RatedAt is { } time && time >= RateInterval)
                {
                    var rate = (done - last.RatedDone) / time.TotalSeconds;
                    next = next with
                    {
                        BytesPerSecond = last.BytesPerSecond == 0 ? rate : (0.5 * last.BytesPerSecond) + (0.5 * rate),
                        RatedAt = at,
                        RatedDone = done,
                    };
                }

                Tell(node, step, next);
            }

            Wake();
        }
    }

    /// <summary>What the nodes were last seen doing in an execution.</summary>
    public IReadOnlyDictionary<string, string> LastSeen(RunningStep step, DateTimeOffset now)
    {
        lock (_lock)
        {
            return step.Nodes.Where(step.Pending.Contains)
                .Select(n => (Node: n, Progress: _progress.Find(n)))
                .Where(n => n.Progress is { Activity.Length: > 0 } progress && progress.Execution == step.Id)
                .ToDictionary(n => n.Node, n => $"{n.Progress!.Activity}, {Math.Max(0, (long)(now - n.Progress.At).TotalSeconds)} s before");
        }
    }

    /// <summary>
    /// What a watcher has not seen: transitions after the number <paramref name="sequence"/> and progress after <paramref name="version"/>.
    /// Progress is the newest of each node: a slow watcher skips, it never makes us keep more.
    /// </summary>
    /// <param name="sequence">Moved on.</param>
    /// <param name="version">Moved on.</param>
    /// <param name="more">Completes when there is more.</param>
    public List<DeploymentEvent> Take(ref long sequence, ref long version, out TaskCompletionSource more)
    {
        more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            var from = (int)Math.Clamp(sequence, 0, _events.Count);
            var taken = _events.GetRange(from, _events.Count - from);
            sequence = _events.Count;
            var ended = _published.EndedAt is not null;
            if (!ended)
                taken.AddRange(_progress.After(version));

            version = _version;
            if (taken.Count == 0 && !ended)
                _watchers.Add(more);
            else
                more.SetResult();
            return taken;
        }
    }

    public void Forget(TaskCompletionSource more)
    {
        lock (_lock)
            _watchers.Remove(more);
    }

    private void Tell(string node, RunningStep step, NodeProgress p)
    {
        var (macro, micro) = Snapshots.Names(_published, step.Position);
        _progress.Set(node, p, new(
            _events.Count, p.At, DeploymentEventKind.Progress, node, macro, micro, Activity: p.Activity, Done: p.Done, Total: p.Total, BytesPerSecond: p.BytesPerSecond));
    }

    private void Wake()
    {
        foreach (var watcher in _watchers)
            watcher.TrySetResult();
        _watchers.Clear();
    }
}
