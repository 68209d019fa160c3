using System.Diagnostics;

namespace Kadeploy.Machine.Tests.Support;

/// <summary>Waiting with a deadline that says what it waited for.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(string what, Func<bool> condition, TimeSpan deadline)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > deadline)
                throw new TimeoutException($"not within {deadline.TotalSeconds} s: {what}");
            await Task.Delay(50);
        }
    }
}
