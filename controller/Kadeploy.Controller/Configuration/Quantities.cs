using System.Globalization;

namespace Kadeploy.Controller.Configuration;

/// <summary>Sizes and durations as people write them.</summary>
internal static class Quantities
{
    /// <summary><c>64MiB</c>, <c>1GiB</c>, <c>512</c> (bytes); null when it is none. Powers of two only: disks are aligned to them.</summary>
    public static long? Bytes(string text)
    {
        var (number, unit) = Split(text);
        var factor = unit switch { "" or "B" => 1L, "KiB" => 1L << 10, "MiB" => 1L << 20, "GiB" => 1L << 30, "TiB" => 1L << 40, _ => 0 };
        return factor > 0 && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= long.MaxValue / factor
            ? value * factor
            : null;
    }

    /// <summary><c>90</c> and <c>90s</c>, <c>5m</c>, <c>1h</c>, up to a week; null when it is none.</summary>
    public static TimeSpan? Duration(string text)
    {
        var (number, unit) = Split(text);
        var seconds = unit switch { "" or "s" => 1, "m" => 60, "h" => 3600, _ => 0 };
        return seconds > 0 && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value is > 0 and <= 604_800 && value * seconds <= 604_800
            ? TimeSpan.FromSeconds(value * seconds)
            : null;
    }

    private static (string Number, string Unit) Split(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        return (text[..digits], text[digits..].Trim());
    }
}
