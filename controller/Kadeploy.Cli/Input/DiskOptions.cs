using System.Globalization;
using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>A disk as the user writes it: <c>/dev/…</c>, <c>serial=…</c>, <c>wwn=…</c>, <c>min=500G</c>; several must all hold.</summary>
internal static class DiskOptions
{
    private static readonly (string Suffix, long Factor)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("K", 1000), ("M", 1000_000), ("G", 1000_000_000), ("T", 1000_000_000_000),
        ("", 1),
    ];

    public static Answer<DiskHintInfo> Read(IReadOnlyList<string> hints)
    {
        var disk = new DiskHintInfo();
        foreach (var hint in hints)
        {
            var at = hint.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = at < 0 || hint.StartsWith('/') ? ("path", hint) : (hint[..at], hint[(at + 1)..]);
            if (value.Length == 0)
                return Failure.Usage($"--disk {hint}: nothing behind '='");
            switch (key)
            {
                case "path" when value.StartsWith("/dev/", StringComparison.Ordinal):
                    disk = disk with { Path = value };
                    break;
                case "serial":
                    disk = disk with { Serial = value };
                    break;
                case "wwn":
                    disk = disk with { Wwn = value };
                    break;
                case "min" when TryParseBytes(value, out var bytes):
                    disk = disk with { MinimumBytes = bytes };
                    break;
                default:
                    return Failure.Usage($"--disk {hint}: write /dev/disk/by-path/NAME, serial=TEXT, wwn=TEXT or min=500G (K, M, G, T; KiB, MiB, GiB, TiB)");
            }
        }

        return disk;
    }

    private static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        foreach (var (suffix, factor) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            if (!long.TryParse(text[..^suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue / factor)
                return false;
            bytes = number * factor;
            return true;
        }

        return false;
    }
}
