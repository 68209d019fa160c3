using System.Globalization;
using System.Text;

namespace Kadeploy.Cli.Output;

/// <summary>Folds node names for display: <c>node-1,node-2,node-3</c> as <c>node-[1-3]</c>. What it prints, -m accepts.</summary>
internal static class NodeNames
{
    /// <summary>Folds over the last number of each name; names with other text, or other zero padding, stay apart.</summary>
    public static string Fold(IEnumerable<string> names)
    {
        var groups = new List<(string Prefix, string Suffix, int Width, SortedSet<long> Numbers)>();
        var index = new Dictionary<(string, string, int), int>();
        foreach (var name in names)
        {
            var (prefix, digits, suffix) = Split(Printable.Line(name));
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                (prefix, suffix, number) = (prefix + digits + suffix, "", -1);
            // Padded names ("07") have a width of their own; unpadded ones of any length belong together.
            var width = number >= 0 && digits.Length > 1 && digits[0] == '0' ? digits.Length : 0;
            if (number >= 0 && width == 0 && index.ContainsKey((prefix, suffix, digits.Length)))
                width = digits.Length;
            if (!index.TryGetValue((prefix, suffix, width), out var at))
            {
                at = groups.Count;
                index.Add((prefix, suffix, width), at);
                groups.Add((prefix, suffix, width, []));
            }

            if (number >= 0)
                groups[at].Numbers.Add(number);
        }

        return string.Join(',', groups.Select(g => Print(g.Prefix, g.Suffix, g.Width, g.Numbers)));
    }

    private static (string Prefix, string Digits, string Suffix) Split(string name)
    {
        // A number inside a host's domain says nothing about the host: only the first label is folded.
        var label = name.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? dot : name.Length;
        var end = label;
        while (end > 0 && !char.IsAsciiDigit(name[end - 1]))
            end--;
        var start = end;
        while (start > 0 && char.IsAsciiDigit(name[start - 1]))
            start--;
        return (name[..start], name[start..end], name[end..]);
    }

    private static string Print(string prefix, string suffix, int width, SortedSet<long> numbers)
    {
        if (numbers.Count == 0)
            return prefix + suffix;
        var ranges = new StringBuilder();
        long? first = null, last = null;
        foreach (var number in numbers)
        {
            if (last is { } l && number == l + 1)
            {
                last = number;
                continue;
            }

            Append(ranges, first, last, width);
            first = last = number;
        }

        Append(ranges, first, last, width);
        return numbers.Count == 1 ? prefix + ranges + suffix : $"{prefix}[{ranges}]{suffix}";
    }

    private static void Append(StringBuilder ranges, long? first, long? last, int width)
    {
        if (first is not { } from || last is not { } to)
            return;
        var format = width == 0 ? "0" : "D" + width.ToString(CultureInfo.InvariantCulture);
        if (ranges.Length > 0)
            ranges.Append(',');
        ranges.Append(from.ToString(format, CultureInfo.InvariantCulture));
        if (to > from)
            ranges.Append('-').Append(to.ToString(format, CultureInfo.InvariantCulture));
    }
}
