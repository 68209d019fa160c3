using System.Text;

namespace Kadeploy.Cli.Output;

/// <summary>
/// Text of others made safe for a terminal: a machine that nobody registered chooses its own DMI strings,
/// and an escape sequence in one must not reach an administrator's terminal.
/// </summary>
internal static class Printable
{
    /// <summary>One line without control characters, cut at <paramref name="longest"/> characters.</summary>
    public static string Line(string text, int longest = int.MaxValue)
    {
        var line = new StringBuilder(text.Length);
        foreach (var c in text.Trim())
        {
            if (line.Length >= longest)
                return line.Append('…').ToString();
            if (c is '\n' or '\r' or '\t')
            {
                if (line.Length > 0 && line[^1] != ' ')
                    line.Append(' ');
            }
            else
            {
                line.Append(IsHarmful(c) ? '?' : c);
            }
        }

        return line.ToString();
    }

    /// <summary>Lines without control characters; blanks at their beginnings are kept, because a caret may stand below a word.</summary>
    public static string Lines(string text, int longest = int.MaxValue) => string.Join('\n', text.Trim().Split('\n').Select(line =>
    {
        var body = Line(line, longest);
        return body.Length == 0 ? "" : new string(' ', line.Length - line.TrimStart(' ').Length) + body;
    }));

    /// <summary>Text as it is, without what a terminal would obey; newlines and tabs are kept.</summary>
    public static string Text(string text) => string.Create(text.Length, text, static (span, from) =>
    {
        for (var i = 0; i < from.Length; i++)
            span[i] = from[i] is '\n' or '\t' || !IsHarmful(from[i]) ? from[i] : '?';
    });

    // Besides controls: marks that reorder text on the screen (Unicode bidi controls, "Trojan Source").
    private static bool IsHarmful(char c) =>
        char.IsControl(c) || c is >= '\u200E' and <= '\u200F' or >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069';
}
