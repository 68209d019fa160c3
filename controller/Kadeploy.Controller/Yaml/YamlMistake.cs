namespace Kadeploy.Controller.Yaml;

/// <summary>Something in a YAML file that cannot be accepted: where, which key, and why.</summary>
/// <param name="File">Name of the file, for the message.</param>
/// <param name="Line">1-based line, 0 when the file could not be read at all.</param>
/// <param name="Key">Path of the key: <c>listen.api</c>, <c>postinstalls[1].archive</c>.</param>
/// <param name="Problem">What is wrong with it, and what would be right.</param>
internal sealed record YamlMistake(string File, int Line, string Key, string Problem)
{
    public override string ToString() =>
        $"{File}{(Line > 0 ? $":{Line}" : "")}: {(Key.Length > 0 ? Key + ": " : "")}{Problem}";
}
