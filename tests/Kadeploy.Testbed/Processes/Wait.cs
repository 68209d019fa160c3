using System.Diagnostics;

namespace Kadeploy.Testbed.Processes;

/// <summary>Waiting for something outside this process, with a deadline.</summary>
internal static class Wait
{
    /// <summary>True as soon as the condition holds, false when it does not within the time.</summary>
    public static bool Until(Func<bool> condition, TimeSpan limit)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
                return false;
            Thread.Sleep(20);
        }

        return true;
    }
}
