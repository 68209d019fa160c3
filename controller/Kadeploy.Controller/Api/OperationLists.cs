using Kadeploy.Api;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Api;

/// <summary>Operations in lists, newest first: those that run as they are now, those that ended as they were kept.</summary>
internal sealed class OperationLists(DeploymentEngine engine, DeploymentJournal journal, SummaryStore summaries)
{
    /// <summary>Operations of all kinds but broadcasts, or of one.</summary>
    /// <param name="active">Only those that run.</param>
    /// <param name="prefix">What their ids begin with.</param>
    /// <param name="cursor">See <see cref="Page"/>.</param>
    /// <param name="limit">See <see cref="Page"/>.</param>
    public DeploymentList Deployments(bool active, string prefix, string? cursor, int? limit)
    {
        var (running, page, next) = Ids(active, id => !BroadcastPlan.Is(id) && id.StartsWith(prefix, StringComparison.Ordinal), prefix, cursor, limit);
        return new([.. page.Select(id => running.TryGetValue(id, out var it) ? DeploymentMapping.ToSummary(it) : Summary(id, () => Find(id)))], next);
    }

    public BroadcastList Broadcasts(bool active, string? cursor, int? limit)
    {
        var (running, page, next) = Ids(active, BroadcastPlan.Is, BroadcastPlan.Prefix, cursor, limit);
        return new([.. page.Select(id => running.TryGetValue(id, out var it) ? Line(it) : Line(id, () => Find(id)))], next);
    }

    /// <summary>An operation has ended: what lists will say of it is kept.</summary>
    public void Keep(DeploymentSnapshot it)
    {
        if (BroadcastPlan.Is(it.Id))
            Line(it.Id, () => it);
        else
            Summary(it.Id, () => it);
    }

    private DeploymentSummary Summary(string id, Func<DeploymentSnapshot> find) => summaries.Of(id, ApiJson.Default.DeploymentSummary, () => DeploymentMapping.ToSummary(find()));

    private BroadcastInfo Line(string id, Func<DeploymentSnapshot> find) => summaries.Of(id, ApiJson.Default.BroadcastInfo, () => Line(find()));

    private static BroadcastInfo Line(DeploymentSnapshot it) => BroadcastMapping.ToInfo(it) with { NodeStates = [] };

    private DeploymentSnapshot Find(string id) => engine.Get(id) ?? DeploymentHistory.Replay(journal.Load(id));

    private (Dictionary<string, DeploymentSnapshot> Running, IReadOnlyList<string> Page, string? Next) Ids(
        bool active, Func<string, bool> wanted, string prefix, string? cursor, int? limit)
    {
        var running = engine.List().Where(d => d.EndedAt is null && wanted(d.Id)).ToDictionary(d => d.Id);
        var (page, next) = active
            ? Page.Cut([.. running.Values.OrderByDescending(d => d.CreatedAt).Select(d => d.Id)], id => id, limit, cursor)
            : journal.Newest(limit ?? Page.Usual, prefix, cursor);
        return (running, page, next);
    }
}
