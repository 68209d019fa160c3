using System.Globalization;
using System.Text;

namespace Kadeploy.Deployments.Nodes;

/// <summary>
/// Folds names into bracket groups. Every run of digits is a dimension; dimensions are folded from the last to the first,
/// each time joining the names that are equal in everything else.
/// </summary>
internal static class NodeSetFolder
{
    /// <summary>Longer runs (serial numbers, addresses without separators) stay text: they would not fit a long.</summary>
    private const int LongestNumber = 18;

    public static string Fold(IEnumerable<string> names)
    {
        var ordered = names.Distinct(StringComparer.Ordinal).Order(NodeNameComparer.Instance).ToList();
        var result = new List<string>();
        // Names of one shape (as many digit runs) fold with each other only. A dictionary keeps no order, so the first name's place is kept.
        var patterns = ordered.Select((name, place) => new Pattern(Split(name), place)).ToList();
        var dimensions = patterns.Count == 0 ? 0 : patterns.Max(p => p.Parts.Length / 2);
        for (var dimension = dimensions - 1; dimension >= 0; dimension--)
            patterns = FoldDimension(patterns, (2 * dimension) + 1);
        result.AddRange(patterns.OrderBy(p => p.Place).Select(p => string.Concat(p.Parts)));
        return string.Join(',', result);
    }

    /// <summary>Text, digits, text, digits, …, text.</summary>
    private static string[] Split(string name)
    {
        var parts = new List<string>();
        var at = 0;
        var text = new StringBuilder();
        while (at < name.Length)
        {
            var start = at;
            while (at < name.Length && char.IsAsciiDigit(name[at]))
                at++;
            if (at - start is > 0 and <= LongestNumber)
            {
                parts.Add(text.ToString());
                parts.Add(name[start..at]);
                text.Clear();
            }
            else
            {
                text.Append(name, start, at - start);
                if (at < name.Length)
                    text.Append(name[at++]);
            }
        }

        parts.Add(text.ToString());
        return [.. parts];
    }

    private static List<Pattern> FoldDimension(List<Pattern> patterns, int index)
    {
        var result = new List<Pattern>();
        var groups = new Dictionary<string, List<Pattern>>(StringComparer.Ordinal);
        foreach (var pattern in patterns)
        {
            if (index >= pattern.Parts.Length)
            {
                result.Add(pattern);
                continue;
            }

            var key = string.Join('\0', pattern.Parts.Where((_, i) => i != index));
            if (!groups.TryGetValue(key, out var group))
                groups[key] = group = [];
            group.Add(pattern);
        }

        foreach (var group in groups.Values)
        {
            var first = group[0];
            var parts = first.Parts.ToArray();
            if (group.Count > 1)
                parts[index] = $"[{Ranges(group.Select(p => p.Parts[index]))}]";
            result.Add(new(parts, group.Min(p => p.Place)));
        }

        return result;
    }

    private static string Ranges(IEnumerable<string> numbers)
    {
        var ordered = numbers
            .Select(text => (Text: text, Value: long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)))
            .OrderBy(n => n.Value).ThenBy(n => n.Text.Length).ToList();
        var ranges = new List<string>();
        var start = 0;
        for (var i = 1; i <= ordered.Count; i++)
        {
            if (i < ordered.Count && ordered[i].Value == ordered[i - 1].Value + 1 && ordered[i].Text == Like(ordered[start].Text, ordered[i].Value))
                continue;
            var (first, last) = (ordered[start].Text, ordered[i - 1].Text);
            ranges.Add(first == last ? first : $"{first}-{last}");
            start = i;
        }

        return string.Join(',', ranges);
    }

    /// <summary>The number as the range that begins with <paramref name="first"/> would write it.</summary>
    private static string Like(string first, long value) =>
        value.ToString(CultureInfo.InvariantCulture).PadLeft(first.Length > 1 && first[0] == '0' ? first.Length : 0, '0');

    private sealed record Pattern(string[] Parts, int Place);
}
