namespace Kadeploy.Deployments.Nodes;

/// <summary>
/// The notation of sets of nodes: <c>node-[1-3,07-12].site,other-1</c>. Several bracket groups a name, steps (<c>[0-10/2]</c>), zero padding kept,
/// <c>@group</c>. Operators as ClusterShell has them (its documentation, "Node sets", "Extended string pattern"): <c>,</c> union, <c>!</c> difference,
/// <c>&amp;</c> intersection, <c>^</c> symmetric difference, all of one rank, from left to right. Lines are united when each has been read.
/// </summary>
public static class NodeSet
{
    /// <summary>Most names that one set may hold: above the largest cluster known, below what hurts.</summary>
    public const int MaximumNames = 100_000;

    /// <summary>Understands <paramref name="text"/>, or says where it cannot.</summary>
    /// <param name="text">The notation.</param>
    /// <param name="names">The names, each once, in the order given; empty on error.</param>
    /// <param name="error">What is wrong and where; null when all is well.</param>
    public static bool TryParse(string text, out IReadOnlyList<string> names, out NodeSetError? error) =>
        TryParse(text, NodeSetScope.None, out names, out error);

    /// <summary>Understands <paramref name="text"/> where groups and short names have a meaning, or says where it cannot.</summary>
    /// <param name="text">The notation.</param>
    /// <param name="scope">What groups and short names mean.</param>
    /// <param name="names">The names, each once, in the order given; empty on error, or when the operators leave nothing.</param>
    /// <param name="error">What is wrong and where; null when all is well.</param>
    public static bool TryParse(string text, NodeSetScope scope, out IReadOnlyList<string> names, out NodeSetError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(scope);
        var parser = new NodeSetParser(text, scope);
        error = parser.Parse();
        names = error is null ? parser.Names : [];
        return error is null;
    }

    /// <summary>Names that a set names more than once, in the order given; empty for a text that is no set.</summary>
    /// <param name="text">The notation.</param>
    /// <param name="scope">What groups and short names mean; null: nothing.</param>
    public static IReadOnlyList<string> Repeated(string text, NodeSetScope? scope = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new NodeSetParser(text, scope ?? NodeSetScope.None);
        return parser.Parse() is null ? parser.Repeated : [];
    }

    /// <summary>Understands <paramref name="text"/>.</summary>
    /// <exception cref="FormatException">It cannot; the message points at the character.</exception>
    public static IReadOnlyList<string> Parse(string text) =>
        TryParse(text, out var names, out var error) ? names : throw new FormatException(error!.Point(text));

    /// <summary>The shortest notation we know of these names, in natural order; parsing it gives the same set back.</summary>
    public static string Fold(IEnumerable<string> names) => NodeSetFolder.Fold(names);
}
