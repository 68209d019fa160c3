using System.Globalization;
using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>A moment as people write it: from now on (<c>90m</c>, <c>8h</c>, <c>2d</c>), or a date and time (ISO 8601; local unless it says otherwise).</summary>
/// <param name="At">The moment; null when none was given.</param>
internal sealed record Moment(DateTimeOffset? At)
{
    public const string Expected = "8h, 90m, 2d (from now), or a time such as 2026-11-21T18:00";

    /// <param name="text">What was given, or null.</param>
    /// <param name="option">By which option, for messages.</param>
    /// <param name="past">Whether <c>8h</c> means eight hours ago.</param>
    public static Answer<Moment> Read(string? text, string option, bool past = false)
    {
        if (text is null)
            return new Moment((DateTimeOffset?)null);
        var now = DateTimeOffset.UtcNow;
        if (Span(text) is { } span)
            return new Moment(past ? now - span : now + span);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var moment)
            ? new Moment(moment.ToUniversalTime())
            : Failure.Usage($"{option}: '{Output.Printable.Line(text, 100)}' is no moment: {Expected}");
    }

    /// <summary>For a table: local time to the minute.</summary>
    public static string Show(DateTimeOffset? moment) => moment?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";

    private static TimeSpan? Span(string text)
    {
        if (text.Length < 2 || !int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 100_000)
            return null;
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            _ => null,
        };
    }
}
