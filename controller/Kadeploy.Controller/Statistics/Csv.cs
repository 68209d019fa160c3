using System.Globalization;
using System.Text;

namespace Kadeploy.Controller.Statistics;

/// <summary>Comma-separated values (RFC 4180), numbers and times as every program reads them.</summary>
internal static class Csv
{
    public const string MediaType = "text/csv";

    public static string Write(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var text = new StringBuilder();
        Line(header);
        foreach (var row in rows)
            Line(row);
        return text.ToString();

        void Line(IReadOnlyList<object?> cells) => text.AppendJoin(',', cells.Select(Cell)).Append("\r\n");
    }

    private static string Cell(object? value)
    {
        var text = value switch
        {
            null => "",
            DateTimeOffset at => at.ToString("O", CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
