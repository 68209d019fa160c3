namespace Kadeploy.Agent.Tests;

/// <summary>Waits with a deadline, and says what for.</summary>
internal static class Within
{
    /// <summary>Generous: these machines have few processors and much to do.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<T> Patiently<T>(Task<T> task, string what, TimeSpan? patience = null)
    {
        if (await Task.WhenAny(task, Task.Delay(patience ?? Patience)) != task)
            throw new TimeoutException($"waited {(patience ?? Patience).TotalSeconds} s for {what}");
        return await task;
    }

    public static async Task Patiently(Func<bool> condition, string what, TimeSpan? patience = null)
    {
        for (var end = DateTime.UtcNow + (patience ?? Patience); !condition(); await Task.Delay(20))
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"waited {(patience ?? Patience).TotalSeconds} s for {what}");
    }
}
