namespace Kadeploy.Deployments.Rights;

/// <summary>A user may work on these nodes and write this partition, from one moment to another.</summary>
/// <param name="Id">Its id, <c>R-</c> and a UUID.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Nodes">Names; null for every node there is or will be.</param>
/// <param name="Partition">Number of the partition; null for all of the disk.</param>
/// <param name="From">When it begins; null: it always held.</param>
/// <param name="Until">When it ends, itself not part of it; null: never.</param>
/// <param name="GrantedBy">Who granted it.</param>
/// <param name="GrantedAt">When.</param>
public sealed record Right(
    string Id,
    string User,
    IReadOnlySet<string>? Nodes,
    int? Partition,
    DateTimeOffset? From,
    DateTimeOffset? Until,
    string GrantedBy,
    DateTimeOffset GrantedAt)
{
    /// <summary>Whether it holds at this moment.</summary>
    public bool HoldsAt(DateTimeOffset now) => (From is null || From <= now) && (Until is null || now < Until);

    /// <summary>Whether it says anything about this node.</summary>
    public bool Covers(string node) => Nodes is null || Nodes.Contains(node);

    /// <summary>Whether it allows this partition.</summary>
    /// <param name="wanted">Number of the partition, 0 for the whole disk, null when nothing is written: any right will do.</param>
    public bool Allows(int? wanted) => wanted is null || Partition is null || Partition == wanted;
}
