using Kadeploy.Api.Broadcasts;
using Kadeploy.Controller.Transfers;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Api;

/// <summary>The engine's pictures of broadcasts as the REST contract has them.</summary>
internal static class BroadcastMapping
{
    public static BroadcastInfo ToInfo(DeploymentSnapshot it)
    {
        var (done, running) = (it.Count(Verdict.Done), it.Count(Verdict.Running));
        var image = it.Request.Environment.Image;
        return new BroadcastInfo(
            it.Id,
            it.Request.User,
            it.Request.Environment.Name,
            image.Bytes,
            image.Sha256,
            it.Request.Options[BroadcastOptions.Path],
            it.Request.Options[BroadcastOptions.Unpack] == BroadcastOptions.Yes,
            NodeSet.Fold(it.Nodes.Select(n => n.Node)),
            it.CreatedAt,
            DeploymentMapping.StateOf(it),
            new BroadcastCounts(it.Nodes.Count, done, it.Nodes.Count - done - running, running),
            [.. it.Nodes.OrderBy(n => n.Node, NodeNameComparer.Instance).Select(ToNode)],
            it.EndedAt);
    }

    private static BroadcastNode ToNode(NodeSnapshot it) => new(
        it.Node,
        it.Verdict switch
        {
            Verdict.Running => BroadcastVerdict.Running,
            Verdict.Done => BroadcastVerdict.Done,
            Verdict.Cancelled or Verdict.Stopped => BroadcastVerdict.Cancelled,
            _ => BroadcastVerdict.Failed,
        },
        it.Activity.Length == 0 ? null : it.Activity,
        it.Done,
        it.Total,
        (long)it.BytesPerSecond,
        DeploymentMapping.ToContract(it.Failure),
        it.Verdict == Verdict.Done ? DeploymentMapping.ProofOf(it.Facts) : null);
}
