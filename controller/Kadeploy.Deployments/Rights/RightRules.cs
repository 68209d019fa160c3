using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Deployments.Rights;

/// <summary>What follows from a list of rights. Pure: the list, the moment and the question are all there is.</summary>
public static class RightRules
{
    /// <summary>The nodes on which these rights do not allow what is asked; empty when all is allowed.</summary>
    /// <param name="rights">The user's rights.</param>
    /// <param name="nodes">The nodes asked for.</param>
    /// <param name="partition">Partition to be written, 0 for the whole disk, null when nothing is written.</param>
    /// <param name="now">The moment.</param>
    public static IReadOnlyList<string> Missing(IEnumerable<Right> rights, IEnumerable<string> nodes, int? partition, DateTimeOffset now)
    {
        var good = rights.Where(r => r.HoldsAt(now) && r.Allows(partition)).ToList();
        return good.Any(r => r.Nodes is null) ? [] : [.. nodes.Where(node => !good.Any(r => r.Covers(node)))];
    }

    /// <summary>The first of these rights that is in the way of another user's new one: same node, same partition, at the same time.</summary>
    /// <param name="others">Rights of other users.</param>
    /// <param name="wanted">The new right.</param>
    public static Right? Conflict(IEnumerable<Right> others, Right wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        return others.FirstOrDefault(r => r.User != wanted.User && AtOneTime(r, wanted) && (r.Partition is null || wanted.Partition is null || r.Partition == wanted.Partition)
            && (r.Nodes is null || wanted.Nodes is null || r.Nodes.Overlaps(wanted.Nodes)));
    }

    /// <summary>What is left of a right when these nodes are taken from it.</summary>
    /// <param name="right">The right.</param>
    /// <param name="nodes">The nodes; null for all.</param>
    /// <param name="partition">Only when it is for this partition; null: whatever its partition.</param>
    /// <returns>The right itself when it is not concerned, less of it, or null for nothing; <see cref="Cut.Impossible"/> when one cannot say what is left of <c>*</c>.</returns>
    public static Cut Without(Right right, IReadOnlySet<string>? nodes, int? partition)
    {
        ArgumentNullException.ThrowIfNull(right);
        // Taking partition 3 from "all of the disk" would leave a right that has no notation: as for nodes, all or nothing.
        if (partition is not null && right.Partition is not null && right.Partition != partition)
            return new(right, false);
        var partly = partition is not null && right.Partition is null;
        if (nodes is null)
            return partly ? new(right, true) : new(null, false);
        if (right.Nodes is null)
            return new(right, true);
        if (!right.Nodes.Overlaps(nodes))
            return new(right, false);
        if (partly)
            return new(right, true);
        var left = right.Nodes.Except(nodes).ToHashSet(StringComparer.Ordinal);
        return new(left.Count == 0 ? null : right with { Nodes = left }, false);
    }

    /// <summary>The next moment at which one of these rights ends.</summary>
    public static DateTimeOffset? NextEnd(IEnumerable<Right> rights, DateTimeOffset now) => rights.Where(r => r.Until > now).Min(r => r.Until);

    /// <summary>For a person: <c>node-[1-3], partition 3</c>.</summary>
    public static string Describe(IEnumerable<string>? nodes, int? partition) =>
        $"{(nodes is null ? "*" : NodeSet.Fold(nodes))}{partition switch { null => "", 0 => ", the whole disk", _ => $", partition {partition}" }}";

    private static bool AtOneTime(Right one, Right other) =>
        (one.Until is null || other.From is null || other.From < one.Until) && (other.Until is null || one.From is null || one.From < other.Until);
}

/// <summary>What became of a right.</summary>
/// <param name="Left">What is left; null for nothing.</param>
/// <param name="Impossible">It cannot be cut like this.</param>
public sealed record Cut(Right? Left, bool Impossible);
