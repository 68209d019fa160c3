using System.Globalization;

namespace Kadeploy.Deployments.Nodes;

/// <summary>One pass over the text of a node set. Bounded: it counts before it expands.</summary>
internal sealed class NodeSetParser(string text)
{
    /// <summary>DNS allows no more (RFC 1035, 2.3.4).</summary>
    private const int LongestName = 253;
    private const int LongestNumber = 18;

    private readonly List<string> _names = [];
    private readonly List<string> _repeated = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private int _at;

    public IReadOnlyList<string> Names => _names;

    public IReadOnlyList<string> Repeated => _repeated;

    public NodeSetError? Parse()
    {
        while (true)
        {
            SkipBlanks();
            var error = Item();
            if (error is not null)
                return error;
            SkipBlanks();
            if (_at == text.Length)
                return null;
            if (text[_at] != ',')
                return new(_at, "expected a comma between names");
            _at++;
        }
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_';

    private void SkipBlanks()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\n' or '\r')
            _at++;
    }

    private NodeSetError? Item()
    {
        var start = _at;
        // Each part is a list of alternatives; a literal has one.
        var parts = new List<List<string>>();
        long count = 1;
        while (_at < text.Length && text[_at] is not (',' or ' ' or '\t' or '\n' or '\r'))
        {
            var alternatives = new List<string>();
            var opened = _at;
            var error = text[_at] == '[' ? Group(alternatives) : Literal(alternatives);
            if (error is not null)
                return error;
            parts.Add(alternatives);
            count *= alternatives.Count;
            if (count + _names.Count > NodeSet.MaximumNames)
                return new(opened, $"more than {NodeSet.MaximumNames} names");
        }

        if (parts.Count == 0)
            return new(_at, "expected a node name");
        if (parts.Sum(p => p[^1].Length) > LongestName)
            return new(start, $"a name is longer than {LongestName} characters");
        Expand(parts, 0, "");
        return null;
    }

    private NodeSetError? Literal(List<string> alternatives)
    {
        var start = _at;
        while (_at < text.Length && IsNameCharacter(text[_at]))
            _at++;
        if (_at == start)
            return new(_at, text[_at] == ']' ? "']' without '['" : $"'{text[_at]}' cannot be part of a node name");
        alternatives.Add(text[start.._at]);
        return null;
    }

    private NodeSetError? Group(List<string> alternatives)
    {
        var opened = _at++;
        while (true)
        {
            var error = Range(alternatives);
            if (error is not null)
                return error;
            if (_at == text.Length)
                return new(opened, "'[' is never closed");
            var c = text[_at++];
            if (c == ']')
                return null;
            if (c != ',')
                return new(_at - 1, "expected ',' or ']' in a group");
        }
    }

    private NodeSetError? Range(List<string> alternatives)
    {
        var at = _at;
        if (Number(out var first, out var firstText) is { } noFirst)
            return noFirst;
        var last = first;
        long step = 1;
        var width = firstText.Length > 1 && firstText[0] == '0' ? firstText.Length : 0;
        if (_at < text.Length && text[_at] == '-')
        {
            _at++;
            var lastAt = _at;
            if (Number(out last, out var lastText) is { } noLast)
                return noLast;
            if (last < first)
                return new(lastAt, $"the range ends ({lastText}) before it begins ({firstText})");
            if (lastText != Padded(last, width))
                return new(lastAt, $"'{firstText}' and '{lastText}' are padded differently");
            if (_at < text.Length && text[_at] == '/')
            {
                var stepAt = ++_at;
                if (Number(out step, out _) is { } noStep)
                    return noStep;
                if (step == 0)
                    return new(stepAt, "the step of a range must be at least 1");
            }
        }

        if (((last - first) / step) + 1 + alternatives.Count > NodeSet.MaximumNames)
            return new(at, $"more than {NodeSet.MaximumNames} names");
        for (var value = first; value <= last; value += step)
            alternatives.Add(Padded(value, width));
        return null;
    }

    private NodeSetError? Number(out long value, out string digits)
    {
        var start = _at;
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            _at++;
        digits = text[start.._at];
        value = 0;
        if (digits.Length == 0)
            return new(start, start == text.Length ? "a group is never closed" : $"expected a number, found '{text[start]}'");
        if (digits.Length > LongestNumber)
            return new(start, $"a number has more than {LongestNumber} digits");
        value = long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        return null;
    }

    private static string Padded(long value, int width) => value.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0');

    private void Expand(List<List<string>> parts, int index, string prefix)
    {
        if (index == parts.Count)
        {
            if (_seen.Add(prefix))
                _names.Add(prefix);
            else
                _repeated.Add(prefix);
            return;
        }

        foreach (var alternative in parts[index])
            Expand(parts, index + 1, prefix + alternative);
    }
}
