using System.Globalization;

namespace Kadeploy.Deployments.Nodes;

/// <summary>One pass over the text of a node set. Bounded: it counts before it expands, and no operator costs more than its right side is long.</summary>
internal sealed class NodeSetParser(string text, NodeSetScope scope)
{
    /// <summary>DNS allows no more (RFC 1035, 2.3.4).</summary>
    private const int LongestName = 253;
    private const int LongestNumber = 18;

    /// <summary>All that is ever expanded, the sides of operators and groups together: a short text must not cost minutes.</summary>
    private const int MostWork = 10 * NodeSet.MaximumNames;

    // Each name with its place, so that taking away and putting back costs the same however large the set is.
    private Dictionary<string, long> _names = new(StringComparer.Ordinal);
    private readonly List<string> _repeated = [];
    private long _places;
    private long _work;
    private int _at;

    public IReadOnlyList<string> Names => [.. _names.OrderBy(n => n.Value).Select(n => n.Key)];

    /// <summary>Names that are united with what has them already; groups may overlap, so theirs do not count.</summary>
    public IReadOnlyList<string> Repeated => _repeated;

    public NodeSetError? Parse()
    {
        var lines = new Dictionary<string, long>(StringComparer.Ordinal);
        while (true)
        {
            if (Line() is { } error)
                return error;
            if (_at == text.Length && lines.Count == 0)
                return null;
            foreach (var (name, place) in _names)
                lines.TryAdd(name, place);
            if (lines.Count > NodeSet.MaximumNames)
                return new(_at, $"more than {NodeSet.MaximumNames} names");
            _names = _at == text.Length ? lines : new(StringComparer.Ordinal);
            if (_at == text.Length)
                return null;
        }
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_';

    private static bool IsOperator(char c) => c is ',' or '!' or '&' or '^';

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\n' or '\r';

    /// <summary>One line; behind it stands the next one, or the end of the text.</summary>
    private NodeSetError? Line()
    {
        SkipBlanks();
        var union = ',';
        while (true)
        {
            if (Item(union) is { } error)
                return error;
            var ended = SkipBlanks();
            if (_at == text.Length)
                return null;
            if (!IsOperator(text[_at]))
                return ended ? null : new(_at, "expected ',' (and), '!' (but not), '&' (and also in) or '^' (in one only)");
            union = text[_at++];
            SkipBlanks();
        }
    }

    /// <summary>True when a line ended on the way.</summary>
    private bool SkipBlanks()
    {
        var start = _at;
        while (_at < text.Length && IsBlank(text[_at]))
            _at++;
        return text.AsSpan(start, _at - start).Contains('\n');
    }

    private NodeSetError? Item(char how)
    {
        var start = _at;
        var isGroup = _at < text.Length && text[_at] == '@';
        if (isGroup)
            _at++;
        var (parts, error) = Pattern(start, isGroup, how);
        if (error is not null)
            return error;
        var items = new List<string>();
        Expand(parts, 0, "", items);
        if (isGroup && Members(items, start) is { } unknown)
            return unknown;
        _work += items.Count;
        if (_work > MostWork)
            return new(start, $"more than {MostWork} names are written out on the way");
        Combine(how, isGroup ? items : items.ConvertAll(name => scope.Full(name)), isGroup);
        return _names.Count > NodeSet.MaximumNames ? new(start, $"more than {NodeSet.MaximumNames} names") : null;
    }

    /// <summary>Each part is a list of alternatives; a literal has one.</summary>
    private (List<List<string>> Parts, NodeSetError? Error) Pattern(int start, bool isGroup, char how)
    {
        var parts = new List<List<string>>();
        long count = 1;
        while (_at < text.Length && !IsBlank(text[_at]) && !IsOperator(text[_at]))
        {
            var alternatives = new List<string>();
            var opened = _at;
            if ((text[_at] == '[' ? Group(alternatives) : Literal(alternatives, isGroup)) is { } error)
                return ([], error);
            parts.Add(alternatives);
            count *= alternatives.Count;
            if (count + (how == ',' ? _names.Count : 0) > NodeSet.MaximumNames)
                return ([], new(opened, $"more than {NodeSet.MaximumNames} names"));
        }

        return parts.Count == 0 ? ([], new(_at, isGroup ? "expected the name of a group behind '@'" : "expected a node name"))
            : parts.Sum(p => p[^1].Length) > LongestName ? ([], new(start, $"a name is longer than {LongestName} characters"))
            : (parts, null);
    }

    /// <summary>Puts the members in place of the groups' names.</summary>
    private NodeSetError? Members(List<string> items, int start)
    {
        var members = new List<string>();
        foreach (var name in items)
        {
            if (scope.Group(name) is not { } group)
                return new(start, $"there is no group @{name}");
            _work += group.Count;
            if (_work > MostWork)
                return new(start, $"more than {MostWork} names are written out on the way");
            members.AddRange(group);
        }

        items.Clear();
        items.AddRange(members);
        return null;
    }

    private void Combine(char how, List<string> right, bool isGroup)
    {
        switch (how)
        {
            case ',':
                foreach (var name in right)
                    if (!_names.TryAdd(name, _places++) && !isGroup)
                        _repeated.Add(name);
                break;
            case '!':
                foreach (var name in right)
                    _names.Remove(name);
                break;
            case '&':
                var both = new Dictionary<string, long>(StringComparer.Ordinal);
                foreach (var name in right)
                    if (_names.TryGetValue(name, out var place))
                        both[name] = place;
                _names = both;
                break;
            default:
                foreach (var name in right.Distinct(StringComparer.Ordinal))
                    if (!_names.Remove(name))
                        _names.Add(name, _places++);
                break;
        }
    }

    private NodeSetError? Literal(List<string> alternatives, bool isGroup)
    {
        var start = _at;
        // Groups have their source in front, as in ClusterShell: @cluster:graphene; * is every group, hence every node.
        while (_at < text.Length && (IsNameCharacter(text[_at]) || (isGroup && text[_at] is ':' or '*')))
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

    private static void Expand(List<List<string>> parts, int index, string prefix, List<string> result)
    {
        if (index == parts.Count)
        {
            result.Add(prefix);
            return;
        }

        foreach (var alternative in parts[index])
            Expand(parts, index + 1, prefix + alternative, result);
    }
}
