using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Rights;

namespace Kadeploy.Controller.Rights;

/// <summary>The rights of all users, held in memory and written through; whoever loses one loses what runs by it.</summary>
internal sealed partial class RightsBook(
    RightStore store, DeploymentEngine engine, ControllerConfiguration configuration, TimeProvider time, ILogger<RightsBook> log) : IDisposable
{
    private readonly Lock _lock = new();

    // From a change until what ran by it has ended: else another, above all RightsWatch, ends it and the change's answer does not say so. No change is given
    // up in between, not even when its client goes away: once a right is gone, what ran by it must go.
    private readonly SemaphoreSlim _one = new(1);
    private IReadOnlyList<Right>? _rights;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>In the order granted; ended ones are no longer among them once they have been acted upon.</summary>
    public IReadOnlyList<Right> All
    {
        get
        {
            lock (_lock)
                return _rights ??= store.All();
        }
    }

    /// <summary>Completes at the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    /// <summary>The nodes on which the user may not do this; empty for administrators.</summary>
    /// <param name="user">The user.</param>
    /// <param name="nodes">The nodes.</param>
    /// <param name="partition">Partition to be written, 0 for the whole disk, null when nothing is written.</param>
    public IReadOnlyList<string> Missing(string user, IEnumerable<string> nodes, int? partition) =>
        configuration.Users.Administrators.Contains(user) ? [] : RightRules.Missing(All.Where(r => r.User == user), nodes, partition, time.GetUtcNow());

    public void Dispose() => _one.Dispose();

    /// <summary>
    /// Grants a right, or says which other user's is in the way; that one is cut when <paramref name="overwrite"/> is said, and what ran by it ends.
    /// </summary>
    /// <returns>The right in the way, or null when it was granted.</returns>
    public Task<Right?> GrantAsync(Right wanted, bool overwrite) => AloneAsync(
        async () =>
        {
            var inTheWay = Grant(wanted, overwrite);
            if (inTheWay is null && overwrite)
                await EndAsync("lost these nodes to another user", CancellationToken.None);
            return inTheWay;
        },
        CancellationToken.None);

    /// <summary>Takes rights away, and ends what runs by them.</summary>
    /// <returns>The first that cannot be cut like this; or how many were changed, and the operations that lost nodes.</returns>
    public Task<(Right? Impossible, int Changed, IReadOnlyList<string> Ended)> RevokeAsync(string user, IReadOnlySet<string>? nodes, int? partition, string by) => AloneAsync(
        async () =>
        {
            var (impossible, changed) = Revoke(user, nodes, partition);
            return (impossible, changed, impossible is null ? await EndAsync(RevokedBy(by), CancellationToken.None) : []);
        },
        CancellationToken.None);

    /// <summary>Takes one right away, and ends what runs by it.</summary>
    /// <returns>The right, null when there is none such; and the operations that lost nodes.</returns>
    public Task<(Right? Removed, IReadOnlyList<string> Ended)> RemoveAsync(string id, string by) => AloneAsync(
        async () => Remove(id) is { } removed ? (removed, await EndAsync(RevokedBy(by), CancellationToken.None)) : (null, []),
        CancellationToken.None);

    /// <summary>Ends what runs without a right, and forgets rights that are over. Whoever starts an operation calls it afterwards.</summary>
    /// <param name="why">Why the user has none, behind his name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task EnforceAsync(string why, CancellationToken cancellationToken) => AloneAsync(() => EndAsync(why, cancellationToken), cancellationToken);

    private static string RevokedBy(string by) => $"had a right revoked by {by}";

    private async Task<T> AloneAsync<T>(Func<Task<T>> act, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await act();
        }
        finally
        {
            _one.Release();
        }
    }

    private Right? Grant(Right wanted, bool overwrite)
    {
        lock (_lock)
        {
            var others = All.Where(r => r.User != wanted.User && !configuration.Users.Administrators.Contains(r.User)).ToList();
            var (removed, written) = (new List<string>(), new List<Right> { wanted });
            while (RightRules.Conflict(others, wanted) is { } other)
            {
                var cut = RightRules.Without(other, wanted.Nodes, other.Partition is null ? null : wanted.Partition);
                if (!overwrite || cut.Impossible)
                    return other;
                others.Remove(other);
                (cut.Left is null ? removed : []).Add(other.Id);
                if (cut.Left is { } left)
                    written.Add(left);
            }
            Write(removed, written);
            return null;
        }
    }

    private (Right? Impossible, int Changed) Revoke(string user, IReadOnlySet<string>? nodes, int? partition)
    {
        lock (_lock)
        {
            var (removed, written) = (new List<string>(), new List<Right>());
            foreach (var right in All.Where(r => r.User == user))
            {
                var cut = RightRules.Without(right, nodes, partition);
                if (cut.Impossible)
                    return (right, 0);
                if (cut.Left is null)
                    removed.Add(right.Id);
                else if (cut.Left != right)
                    written.Add(cut.Left);
            }
            Write(removed, written);
            return (null, removed.Count + written.Count);
        }
    }

    private Right? Remove(string id)
    {
        lock (_lock)
        {
            if (All.FirstOrDefault(r => r.Id == id) is not { } found)
                return null;
            Write([id], []);
            return found;
        }
    }

    private async Task<IReadOnlyList<string>> EndAsync(string why, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            var over = All.Where(r => r.Until <= now).Select(r => r.Id).ToList();
            if (over.Count > 0)
                Write(over, []);
        }
        var ended = new List<string>();
        foreach (var running in engine.List().Where(d => d.EndedAt is null))
        {
            var lost = Missing(running.Request.User, running.Nodes.Where(n => n.Verdict == Verdict.Running).Select(n => n.Node), running.Request.Partition);
            if (lost.Count == 0 || !await engine.CancelAsync(running.Id, $"kadeployd, since {running.Request.User} {why}", lost, cancellationToken))
                continue;
            Ended(log, running.Id, lost.Count, running.Request.User, why);
            ended.Add(running.Id);
        }
        return ended;
    }

    private void Write(List<string> removed, List<Right> written)
    {
        if (removed.Count + written.Count == 0)
            return;
        store.Change(removed, written);
        _rights = null;
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Operation}: cancelled on {Count} nodes, {User} {Why}")]
    private static partial void Ended(ILogger log, string operation, int count, string user, string why);
}
