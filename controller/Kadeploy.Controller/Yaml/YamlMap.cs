using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kadeploy.Controller.Yaml;

/// <summary>
/// One mapping of a YAML file, read strictly: every key is asked for by name and type, and <see cref="Unread"/> names those that nobody asked for.
/// Values follow YAML 1.2's core schema: an unquoted number is no string where that matters to the reader.
/// </summary>
/// <param name="file">Name of the file, for messages.</param>
/// <param name="path">Where the mapping is in it.</param>
/// <param name="node">The mapping.</param>
/// <param name="overrides">Environment variables that hold values in place of the file's.</param>
internal sealed class YamlMap(string file, string path, YamlMappingNode node, Overrides? overrides = null)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public int Line => (int)node.Start.Line;

    public bool Has(string key) => Find(key) is not null;

    public IEnumerable<string> Keys => node.Children.Keys.Select(k => (k as YamlScalarNode)?.Value ?? "");

    /// <summary>The file, for messages.</summary>
    public string File => file;

    /// <summary>Top-level values by key, to be compared with those of another version of the file.</summary>
    public IReadOnlyDictionary<string, YamlNode> Values => node.Children.ToDictionary(c => (c.Key as YamlScalarNode)?.Value ?? "", c => c.Value);

    public string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>The keys that were not read, as mistakes: whoever loads the file decides whether they are errors or warnings.</summary>
    public IEnumerable<YamlMistake> Unread(string problem) =>
        from child in node.Children
        let key = (child.Key as YamlScalarNode)?.Value ?? "?"
        where !_read.Contains(key)
        select new YamlMistake(file, (int)child.Key.Start.Line, PathOf(key), problem);

    public void RefuseUnread()
    {
        if (Unread("unknown key").FirstOrDefault() is { } mistake)
            throw new YamlMistakeException(mistake with { Problem = $"unknown key; known here: {string.Join(", ", _read.Order())}" });
    }

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar when IsNull(scalar) => null,
        YamlScalarNode { Value: { } value } => value,
        var other => throw Wrong(key, other, "a text is expected"),
    };

    public string RequiredText(string key) =>
        Text(key) is { Length: > 0 } value ? value : throw new YamlMistakeException(new YamlMistake(file, Line, PathOf(key), "is missing"));

    public string OneOf(string key, string fallback, params string[] allowed)
    {
        var value = Text(key) ?? fallback;
        return allowed.Contains(value) ? value
            : throw Wrong(key, value.Length == 0 ? $"is missing: one of {string.Join(", ", allowed)}" : $"'{value}' is none of {string.Join(", ", allowed)}");
    }

    public long Number(string key, long fallback, long least, long most)
    {
        if (Find(key) is not { } found)
            return fallback;
        // Hexadecimal because Kadeploy3 writes partition types as 0x83.
        if (found is YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text }
            && (text.StartsWith("0x", StringComparison.Ordinal)
                ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
            && value >= least && value <= most)
            return value;
        throw Wrong(key, found, $"a whole number from {least} to {most} is expected");
    }

    public bool Flag(string key, bool fallback) => Find(key) switch
    {
        null => fallback,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" } => true,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "false" } => false,
        var other => throw Wrong(key, other, "true or false is expected"),
    };

    /// <summary>A value that a parser of the caller's understands.</summary>
    public T Parsed<T>(string key, T fallback, string expected, Func<string, T?> parse) where T : class =>
        Text(key) is not { } text ? fallback : parse(text) ?? throw Wrong(key, Find(key)!, $"'{text}' is not {expected}");

    public YamlMap? Map(string key) => Find(key) switch
    {
        null => Overridden(key),
        YamlScalarNode scalar when IsNull(scalar) => Overridden(key),
        YamlMappingNode map => new YamlMap(file, PathOf(key), map, overrides),
        var other => throw Wrong(key, other, "a mapping of keys to values is expected"),
    };

    public IReadOnlyList<string>? Texts(string key) =>
        List(key)?.Select((item, i) => item is YamlScalarNode { Value: { Length: > 0 } text }
            ? text
            : throw Wrong($"{key}[{i}]", item, "a text is expected")).ToList();

    public IReadOnlyList<YamlMap>? Maps(string key) =>
        List(key)?.Select((item, i) => item is YamlMappingNode map
            ? new YamlMap(file, $"{PathOf(key)}[{i}]", map)
            : throw Wrong($"{key}[{i}]", item, "a mapping of keys to values is expected")).ToList();

    /// <summary>A mistake of a value that was read well but makes no sense.</summary>
    public YamlMistakeException Wrong(string key, string problem) =>
        Find(key) is { } found ? Wrong(key, found, problem) : new(new YamlMistake(file, Line, PathOf(key), problem));

    private List<YamlNode>? List(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar when IsNull(scalar) => null,
        YamlSequenceNode list => [.. list.Children],
        var other => throw Wrong(key, other, "a list is expected"),
    };

    // A section that only variables speak of.
    private YamlMap? Overridden(string key) =>
        overrides?.SpeakOf(PathOf(key)) == true ? new YamlMap(file, PathOf(key), [], overrides) : null;

    private YamlNode? Find(string key)
    {
        _read.Add(key);
        if (overrides?.Read(PathOf(key)) is { } text)
            return new YamlScalarNode(text) { Style = ScalarStyle.Plain };
        return node.Children.TryGetValue(new YamlScalarNode(key), out var found) ? found : null;
    }

    private YamlMistakeException Wrong(string key, YamlNode at, string problem) =>
        overrides?.NameOf(PathOf(key)) is { } variable
            ? new(new YamlMistake($"environment variable {variable}", 0, PathOf(key), problem))
            : new(new YamlMistake(file, (int)at.Start.Line, PathOf(key), problem));

    private static bool IsNull(YamlScalarNode scalar) => scalar is { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };
}
