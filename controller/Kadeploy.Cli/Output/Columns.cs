namespace Kadeploy.Cli.Output;

/// <summary>A table of text: columns two spaces apart, nothing cut, no trailing spaces, so that people and awk both read it.</summary>
internal static class Columns
{
    public static void Write(TextWriter output, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        var lines = rows.Select(row => row.Select(cell => Printable.Line(cell) is { Length: > 0 } text ? text : "-").ToArray()).ToList();
        lines.Insert(0, [.. header]);
        var widths = new int[header.Count];
        foreach (var line in lines)
        {
            for (var i = 0; i < widths.Length; i++)
                widths[i] = Math.Max(widths[i], line[i].Length);
        }

        foreach (var line in lines)
            output.WriteLine(string.Join("  ", line.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
