using System.Diagnostics;

namespace Kadeploy.Broadcast.Tests.Support;

/// <summary>Waits with a deadline, and says what it waited for.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static async Task TrueAsync(Func<bool> condition, string what, Func<string>? evidence = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Deadline)
                Assert.Fail($"waited {Deadline.TotalSeconds} s in vain for: {what}\n{evidence?.Invoke()}");
            await Task.Delay(5);
        }
    }
}
