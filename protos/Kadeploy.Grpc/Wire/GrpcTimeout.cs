using System.Globalization;

namespace Grpc.Core;

/// <summary>The "grpc-timeout" header (PROTOCOL-HTTP2.md, Timeout): at most eight digits and a unit.</summary>
internal static class GrpcTimeout
{
    private const long MaxValue = 99_999_999;

    // The longest that a timer can wait. A deadline further off than 49 days is carried, but not watched.
    private static readonly TimeSpan MaxTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    // Finest first. A tick is 100 ns, so nanoseconds are read but never written.
    private static readonly (char Unit, long Ticks)[] Units =
    [
        ('u', TimeSpan.TicksPerMicrosecond), ('m', TimeSpan.TicksPerMillisecond), ('S', TimeSpan.TicksPerSecond),
        ('M', TimeSpan.TicksPerMinute), ('H', TimeSpan.TicksPerHour),
    ];

    /// <summary>In the finest unit that fits, rounded up: the peer shall not give up before we do.</summary>
    public static string Encode(TimeSpan timeout)
    {
        foreach (var (unit, ticks) in Units)
        {
            var value = Math.Max(1, (timeout.Ticks - 1) / ticks + 1);
            if (value <= MaxValue)
                return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
        }
        return $"{MaxValue}H";
    }

    public static bool TryDecode(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9
            || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return false;
        if (text[^1] == 'n')
        {
            timeout = new TimeSpan(value / TimeSpan.NanosecondsPerTick);
            return true;
        }
        foreach (var (unit, ticks) in Units)
            if (unit == text[^1])
            {
                timeout = new TimeSpan(value * ticks);
                return true;
            }
        return false;
    }

    /// <summary>Calls back once, after the timeout; the timer is to be disposed with the call.</summary>
    public static ITimer? Start(TimeProvider time, TimeSpan timeout, Action passed) =>
        timeout > MaxTimer ? null : time.CreateTimer(static state => ((Action)state!)(), passed, timeout, Timeout.InfiniteTimeSpan);
}
