namespace Kadeploy.Deployments.Plans;

/// <summary>
/// How hard a node is rebooted or switched, softest first: <c>soft</c> asks the running system, <c>hard</c> the BMC, <c>very_hard</c> takes the
/// power away: by the PDU where the node has one for itself or with its whole group, else by the BMC, off and on.
/// </summary>
public static class PowerLevels
{
    /// <summary>All levels, softest first.</summary>
    public static IReadOnlyList<string> All { get; } = ["soft", "hard", "very_hard"];

    /// <summary>Whether there is such a level.</summary>
    public static bool Knows(string level) => All.Contains(level);

    /// <summary>A level and those above it.</summary>
    public static IReadOnlyList<string> From(string level) => [.. All.SkipWhile(l => l != level)];
}
