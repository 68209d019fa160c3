using System.Diagnostics;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>Waits with a deadline, and says what it waited for.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Deadline)
                Assert.Fail($"waited {Deadline.TotalSeconds} s in vain for: {what}");
            await Task.Delay(20);
        }
    }

    public static async Task<T> DoneAsync<T>(this Task<T> task, string what)
    {
        await DoneAsync((Task)task, what);
        return await task;
    }

    public static async Task DoneAsync(this Task task, string what)
    {
        if (await Task.WhenAny(task, Task.Delay(Deadline)) != task)
            Assert.Fail($"waited {Deadline.TotalSeconds} s in vain for: {what}");
        await task;
    }
}
