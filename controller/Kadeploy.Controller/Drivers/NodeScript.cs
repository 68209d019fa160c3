using System.Globalization;
using System.Text;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// A custom operation as the text of one shell script, with its file inside as base64: the agent and an installed system run the same.
/// </summary>
internal static class NodeScript
{
    private const string Mark = "KADEPLOY_END_OF_FILE";
    private const int LineLength = 76;

    public static string Of(CustomOperation operation) => operation.Action switch
    {
        CustomAction.Exec => $"#!/bin/sh\n{operation.Command}\n",
        CustomAction.Send => Lines(
            "#!/bin/sh",
            "set -e",
            $"to={Quoted(operation.Destination)}",
            "mkdir -p \"$(dirname \"$to\")\"",
            $"base64 -d >\"$to\" <<'{Mark}'",
            Wrapped(operation.Content),
            Mark),
        _ => Lines(
            "#!/bin/sh",
            "set -e",
            "folder=$(mktemp -d)",
            "trap 'rm -rf \"$folder\"' EXIT",
            $"base64 -d >\"$folder/script\" <<'{Mark}'",
            Wrapped(operation.Content),
            Mark,
            "chmod 700 \"$folder/script\"",
            $"\"$folder/script\" {operation.Parameters}"),
    };

    /// <summary>Lines that set variables for the text after them.</summary>
    public static string Variables(IReadOnlyDictionary<string, string> variables) => string.Concat(
        variables.Select(v => $"export {v.Key}='{v.Value.Replace("'", "'\\''", StringComparison.Ordinal)}'\n"));

    /// <summary>A path in double quotes in which <c>$KADEPLOY_…</c> is replaced and nothing else is.</summary>
    private static string Quoted(string path)
    {
        var text = new StringBuilder("\"");
        for (var i = 0; i < path.Length; i++)
        {
            var variable = path.AsSpan(i).StartsWith("$KADEPLOY_", StringComparison.Ordinal) || path.AsSpan(i).StartsWith("${KADEPLOY_", StringComparison.Ordinal);
            if (path[i] is '"' or '\\' or '`' || (path[i] == '$' && !variable))
                text.Append('\\');
            text.Append(path[i]);
        }
        return text.Append('"').ToString();
    }

    private static string Wrapped(string base64) => string.Join('\n', base64.Chunk(LineLength).Select(c => new string(c)));

    private static string Lines(params string[] lines) => string.Create(CultureInfo.InvariantCulture, $"{string.Join('\n', lines)}\n");
}
