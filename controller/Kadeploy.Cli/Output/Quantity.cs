using System.Globalization;

namespace Kadeploy.Cli.Output;

/// <summary>Numbers for people. Sizes and rates are decimal, as disks and networks are sold; memory is binary.</summary>
internal static class Quantity
{
    private static readonly string[] Decimal = ["B", "kB", "MB", "GB", "TB", "PB"];
    private static readonly string[] Binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Bytes(long bytes) => Scaled(bytes, 1000, Decimal);

    public static string Memory(long bytes) => Scaled(bytes, 1024, Binary);

    public static string Rate(long bytesPerSecond) => Bytes(bytesPerSecond) + "/s";

    /// <summary>41.2 s, 2 min 05 s, 1 h 02 min.</summary>
    public static string Duration(double seconds)
    {
        if (seconds < 59.95)
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, seconds):0.0} s");
        var whole = TimeSpan.FromSeconds(Math.Round(seconds));
        return whole.TotalHours < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{whole.Minutes} min {whole.Seconds:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(long)whole.TotalHours} h {whole.Minutes:00} min");
    }

    private static string Scaled(long value, double step, string[] units)
    {
        double scaled = value;
        var unit = 0;
        while (Math.Abs(scaled) >= step && unit < units.Length - 1)
        {
            scaled /= step;
            unit++;
        }

        var format = unit == 0 || scaled >= 99.95 ? "0" : "0.0";
        return scaled.ToString(format, CultureInfo.InvariantCulture) + " " + units[unit];
    }
}
