namespace Kadeploy.Controller.Yaml;

/// <summary>Carries the first mistake of a file out of the reader; caught where the file is loaded, never further up.</summary>
#pragma warning disable CA1032, CA1064 // Not a general exception: it exists only with a mistake, inside this folder's callers.
internal sealed class YamlMistakeException(YamlMistake mistake) : Exception(mistake.ToString())
{
    public YamlMistake Mistake { get; } = mistake;
}
#pragma warning restore CA1032, CA1064
