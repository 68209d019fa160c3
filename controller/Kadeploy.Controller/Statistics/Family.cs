using System.Globalization;
using System.Text;

namespace Kadeploy.Controller.Statistics;

/// <summary>A counter or a histogram of Prometheus with its series, one for each set of label values.</summary>
/// <param name="name">Its name.</param>
/// <param name="help">What it counts.</param>
/// <param name="labels">Names of its labels.</param>
/// <param name="bounds">Upper bounds of the buckets of a histogram, ascending; none: it is a counter.</param>
internal sealed class Family(string name, string help, IReadOnlyList<string> labels, IReadOnlyList<double> bounds)
{
    // What an agent or a site names must not fill the memory of whoever reads this.
    private const int MostSeries = 200;
    private const string Rest = "other";

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);

    public void Add(double value, params ReadOnlySpan<string> values)
    {
        var key = Labels(values);
        lock (_lock)
        {
            if (!_series.TryGetValue(key, out var series))
            {
                if (_series.Count >= MostSeries)
                    key = Labels([.. Enumerable.Repeat(Rest, labels.Count)]);
                if (!_series.TryGetValue(key, out series))
                    _series[key] = series = new Series(bounds.Count);
            }
            series.Count++;
            series.Sum += value;
            for (var i = 0; i < bounds.Count; i++)
                if (value <= bounds[i])
                    series.Buckets[i]++;
        }
    }

    /// <summary>Text exposition format 0.0.4.</summary>
    public void Write(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {(bounds.Count > 0 ? "histogram" : "counter")}\n");
        lock (_lock)
            foreach (var (key, series) in _series)
            {
                if (bounds.Count == 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{Braces(key)} {series.Sum}\n");
                    continue;
                }
                for (var i = 0; i < bounds.Count; i++)
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{Braces(With(key, bounds[i].ToString(CultureInfo.InvariantCulture)))} {series.Buckets[i]}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{Braces(With(key, "+Inf"))} {series.Count}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}_sum{Braces(key)} {series.Sum}\n{name}_count{Braces(key)} {series.Count}\n");
            }
    }

    private static string With(string key, string bound) => $"{key}{(key.Length > 0 ? "," : "")}le=\"{bound}\"";

    private static string Braces(string key) => key.Length == 0 ? "" : $"{{{key}}}";

    private string Labels(ReadOnlySpan<string> values)
    {
        var text = new StringBuilder();
        for (var i = 0; i < labels.Count; i++)
            text.Append(i > 0 ? "," : "").Append(labels[i]).Append("=\"").Append(Escape(values[i])).Append('"');
        return text.ToString();
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed class Series(int buckets)
    {
        public long Count { get; set; }

        public double Sum { get; set; }

        public long[] Buckets { get; } = new long[buckets];
    }
}
