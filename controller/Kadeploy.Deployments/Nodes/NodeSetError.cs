namespace Kadeploy.Deployments.Nodes;

/// <summary>Why a node set was not understood.</summary>
/// <param name="Position">Index of the offending character, from 0.</param>
/// <param name="Message">For a person.</param>
public sealed record NodeSetError(int Position, string Message)
{
    /// <summary>The message, the text and a caret under the character.</summary>
    /// <param name="text">What was parsed.</param>
    public string Point(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // Long lists are cut around the fault: a caret at column 9,000 points at nothing.
        var from = Math.Max(0, Position - 40);
        var shown = text.Substring(from, Math.Min(80, text.Length - from)).Replace('\n', ' ').Replace('\t', ' ');
        return $"{Message} at character {Position + 1}:\n  {shown}\n  {new string(' ', Position - from)}^";
    }
}
