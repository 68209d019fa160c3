using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine;

/// <summary>A deployment at one moment. Immutable.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Plans">The plans its nodes follow, one a cluster.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="EndedAt">When its last node had a verdict; null while it runs.</param>
/// <param name="CancelledBy">Who cancelled it as a whole, or null.</param>
/// <param name="Nodes">Its nodes in the order of the chain.</param>
public sealed record DeploymentSnapshot(
    DeploymentRequest Request,
    IReadOnlyList<Plan> Plans,
    DateTimeOffset CreatedAt,
    DateTimeOffset? EndedAt,
    string? CancelledBy,
    IReadOnlyList<NodeSnapshot> Nodes)
{
    /// <summary>Its id.</summary>
    public string Id => Request.Id;

    /// <summary>How many nodes have this verdict.</summary>
    public int Count(Verdict verdict) => Nodes.Count(n => n.Verdict == verdict);
}
