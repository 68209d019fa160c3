using Kadeploy.Controller.Programs;

namespace Kadeploy.Controller.Yaml;

/// <summary>Environment variables that hold values in place of a file's, by the paths of their keys (<see cref="VariableName"/>), and which of them were asked for.</summary>
/// <param name="variables">Values by the names of the variables.</param>
internal sealed class Overrides(IReadOnlyDictionary<string, string> variables)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>The value for the key at this path; null when no variable gives one.</summary>
    public string? Read(string path)
    {
        var name = VariableName.Of(path);
        _read.Add(name);
        return variables.GetValueOrDefault(name);
    }

    /// <summary>The variable that gives the value for the key at this path; null when none does.</summary>
    public string? NameOf(string path) => VariableName.Of(path) is var name && variables.ContainsKey(name) ? name : null;

    /// <summary>Whether any variable speaks of something below this path.</summary>
    public bool SpeakOf(string path) => variables.Keys.Any(name => name.StartsWith(VariableName.Of(path) + "_", StringComparison.Ordinal));

    /// <summary>Variables that nobody asked for.</summary>
    public IEnumerable<string> Unread => variables.Keys.Except(_read).Order(StringComparer.Ordinal);
}
