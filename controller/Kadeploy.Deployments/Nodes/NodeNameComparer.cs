namespace Kadeploy.Deployments.Nodes;

/// <summary>
/// The order in which people and switches number nodes: by domain first, then naturally (<c>node-2</c> before <c>node-10</c>).
/// It is the order of the chain, so neighbours in the chain are neighbours in the rack.
/// </summary>
public sealed class NodeNameComparer : IComparer<string>
{
    /// <summary>The comparer; it has no state.</summary>
    public static NodeNameComparer Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (ReferenceEquals(x, y))
            return 0;
        if (x is null)
            return -1;
        if (y is null)
            return 1;
        var (xHost, xDomain) = Split(x);
        var (yHost, yDomain) = Split(y);
        var byDomain = Natural(xDomain, yDomain);
        if (byDomain != 0)
            return byDomain;
        var byHost = Natural(xHost, yHost);
        return byHost != 0 ? byHost : string.CompareOrdinal(x, y);
    }

    private static (string Host, string Domain) Split(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        // An IP address has no domain: its first number is not its host name.
        return dot < 0 || name.All(c => char.IsAsciiDigit(c) || c == '.') ? (name, "") : (name[..dot], name[(dot + 1)..]);
    }

    private static int Natural(string x, string y)
    {
        int i = 0, j = 0;
        while (i < x.Length && j < y.Length)
        {
            if (char.IsAsciiDigit(x[i]) && char.IsAsciiDigit(y[j]))
            {
                var xRun = Digits(x, ref i);
                var yRun = Digits(y, ref j);
                var byLength = xRun.Length.CompareTo(yRun.Length);
                if (byLength != 0)
                    return byLength;
                var byValue = xRun.SequenceCompareTo(yRun);
                if (byValue != 0)
                    return byValue;
                continue;
            }

            if (x[i] != y[j])
                return x[i].CompareTo(y[j]);
            i++;
            j++;
        }

        return (x.Length - i).CompareTo(y.Length - j);
    }

    /// <summary>The digits at <paramref name="at"/> without leading zeros, so that longer means greater.</summary>
    private static ReadOnlySpan<char> Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return text.AsSpan(start, at - start).TrimStart('0');
    }
}
