namespace Kadeploy.Controller.Programs;

/// <summary>
/// A command of the administrator's: a program with its arguments, never a shell. Words in braces are replaced:
/// <c>{nodes}</c> by the folded set, <c>{nodeFile}</c> by the path of a file with one node a line, and what the place allows besides.
/// </summary>
/// <param name="Arguments">The program's absolute path, and its arguments.</param>
internal sealed record SiteCommand(IReadOnlyList<string> Arguments)
{
    /// <summary>The words that every site command may have.</summary>
    public static IReadOnlyList<string> Common { get; } = ["nodes", "nodeFile", "user", "id"];

    /// <summary>What is wrong with it, or null.</summary>
    /// <param name="words">Words besides <see cref="Common"/>.</param>
    public string? Problem(IReadOnlyList<string> words)
    {
        if (Arguments is not [var program, ..])
            return "a program is needed";
        if (!Path.IsPathFullyQualified(program))
            return $"'{program}' is not an absolute path";
        if (!File.Exists(program))
            return $"there is no {program}";
        if ((File.GetUnixFileMode(program) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == 0)
            return $"{program} is not executable";
        return Arguments.SelectMany(Words).FirstOrDefault(w => !Common.Contains(w) && !words.Contains(w)) is { } unknown
            ? $"unknown word '{{{unknown}}}'; known: {string.Join(", ", Common.Concat(words).Select(w => $"{{{w}}}"))}"
            : null;
    }

    /// <summary>The argument list with its words replaced.</summary>
    public IReadOnlyList<string> Filled(IReadOnlyDictionary<string, string> values) =>
        [.. Arguments.Select(a => values.Aggregate(a, (text, v) => text.Replace($"{{{v.Key}}}", v.Value, StringComparison.Ordinal)))];

    private static IEnumerable<string> Words(string argument)
    {
        for (var at = argument.IndexOf('{', StringComparison.Ordinal); at >= 0; at = argument.IndexOf('{', at + 1))
            if (argument.IndexOf('}', at) is > 0 and var end)
                yield return argument[(at + 1)..end];
    }
}
