namespace Kadeploy.Deployments.Nodes;

/// <summary>
/// The notation of sets of nodes: <c>node-[1-3,07-12].site,other-1</c>. Several bracket groups a name, steps (<c>[0-10/2]</c>),
/// zero padding kept; a comma is the union and a name given twice counts once.
/// </summary>
public static class NodeSet
{
    /// <summary>Most names that one set may hold: above the largest cluster known, below what hurts.</summary>
    public const int MaximumNames = 100_000;

    /// <summary>Understands <paramref name="text"/>, or says where it cannot.</summary>
    /// <param name="text">The notation.</param>
    /// <param name="names">The names, each once, in the order given; empty on error.</param>
    /// <param name="error">What is wrong and where; null when all is well.</param>
    public static bool TryParse(string text, out IReadOnlyList<string> names, out NodeSetError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new NodeSetParser(text);
        error = parser.Parse();
        names = error is null ? parser.Names : [];
        return error is null;
    }

    /// <summary>Names that a set names more than once, in the order given; empty for a text that is no set.</summary>
    public static IReadOnlyList<string> Repeated(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new NodeSetParser(text);
        return parser.Parse() is null ? parser.Repeated : [];
    }

    /// <summary>Understands <paramref name="text"/>.</summary>
    /// <exception cref="FormatException">It cannot; the message points at the character.</exception>
    public static IReadOnlyList<string> Parse(string text) =>
        TryParse(text, out var names, out var error) ? names : throw new FormatException(error!.Point(text));

    /// <summary>The shortest notation we know of these names, in natural order; parsing it gives the same set back.</summary>
    public static string Fold(IEnumerable<string> names) => NodeSetFolder.Fold(names);
}
