using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Kadeploy.Controller.Yaml;

/// <summary>Loads the one mapping that a YAML file of ours holds, with lines kept for messages.</summary>
internal static class YamlDocument
{
    // Deeper than any file of ours by far; the loader recurses, so depth is bounded before it runs.
    private const int DeepestNesting = 32;

    /// <exception cref="YamlMistakeException">The text is not one YAML mapping.</exception>
    public static YamlMap Load(string file, string text, Overrides? overrides = null)
    {
        try
        {
            RefuseDeepNesting(file, text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents switch
            {
                [] => new YamlMap(file, "", [], overrides),
                [{ RootNode: YamlMappingNode map }] => new YamlMap(file, "", map, overrides),
                [{ RootNode: YamlScalarNode { Value: null or "" } }] => new YamlMap(file, "", [], overrides),
                [var one] => throw Mistake(file, one.RootNode.Start, "the file must be a mapping of keys to values"),
                [_, var second, ..] => throw Mistake(file, second.RootNode.Start, "one document is expected, not several"),
            };
        }
        catch (YamlException e)
        {
            throw Mistake(file, e.Start, (e.InnerException ?? e).Message);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or OverflowException)
        {
            // YamlDotNet lets these out for some malformed tags and anchors (found by HostileInputTests).
            throw Mistake(file, Mark.Empty, e.Message);
        }
    }

    private static void RefuseDeepNesting(string file, string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current switch
            {
                MappingStart or SequenceStart => 1,
                MappingEnd or SequenceEnd => -1,
                _ => 0,
            };
            if (depth > DeepestNesting)
                throw Mistake(file, parser.Current!.Start, $"nested more than {DeepestNesting} levels deep");
        }
    }

    private static YamlMistakeException Mistake(string file, Mark at, string problem) => new(new YamlMistake(file, (int)at.Line, "", problem));
}
