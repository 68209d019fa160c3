namespace Kadeploy.Deployments.Nodes;

/// <summary>What the words of a node set mean where it is read.</summary>
/// <param name="Group">The nodes of a group by its name without the <c>@</c>; null for a name that is no group.</param>
/// <param name="Full">The full name of a node from a shorter one; the name itself when there is none, or more than one.</param>
public sealed record NodeSetScope(Func<string, IReadOnlyCollection<string>?> Group, Func<string, string> Full)
{
    /// <summary>No groups, every name as it stands.</summary>
    public static NodeSetScope None { get; } = new(_ => null, name => name);

    /// <summary>The names of <paramref name="known"/> may be given without their domain where that leaves no doubt.</summary>
    /// <param name="known">All names there are.</param>
    /// <param name="group">What groups mean.</param>
    public static NodeSetScope Of(IReadOnlyCollection<string> known, Func<string, IReadOnlyCollection<string>?> group)
    {
        ArgumentNullException.ThrowIfNull(known);
        // Made when the first name asks: most sets are written in full.
        var names = new Lazy<(HashSet<string> Full, Dictionary<string, string?> Short)>(() =>
        {
            var shorter = new Dictionary<string, string?>(StringComparer.Ordinal);
            foreach (var name in known)
                if (ShortOf(name) is { } its)
                    shorter[its] = shorter.ContainsKey(its) ? null : name;
            return (known.ToHashSet(StringComparer.Ordinal), shorter);
        });
        return new(group, name => !names.Value.Full.Contains(name) && names.Value.Short.GetValueOrDefault(name) is { } full ? full : name);
    }

    /// <summary>Those of <paramref name="known"/> whose short name this is, for a message when they are several.</summary>
    public static IReadOnlyList<string> Candidates(string shorter, IEnumerable<string> known) =>
        [.. known.Where(name => ShortOf(name) == shorter).Order(NodeNameComparer.Instance)];

    // An IP address has no short form: its first number is not a host.
    private static string? ShortOf(string name) =>
        name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && !name.All(c => char.IsAsciiDigit(c) || c == '.') ? name[..dot] : null;
}
