using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Power;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Power;

public sealed class BmcQueueTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task EnterAsync_AnotherIsInside_WaitsForItsEnd()
    {
        var queue = Queue(perMinute: 60, burst: 10);
        var first = await queue.EnterAsync(CancellationToken.None);
        var second = queue.EnterAsync(CancellationToken.None);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public async Task EnterAsync_BurstUsedUp_WaitsForTheRate()
    {
        var queue = Queue(perMinute: 30, burst: 2);
        (await queue.EnterAsync(CancellationToken.None)).Dispose();
        (await queue.EnterAsync(CancellationToken.None)).Dispose();
        var third = queue.EnterAsync(CancellationToken.None);

        // A timer is all that it waits for, and that is when the next turn comes.
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromSeconds(2), _time.NextDue);
        Assert.False(third.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));

        (await third).Dispose();
    }

    [Fact]
    public async Task EnterAsync_CancelledWhileItWaits_TheNextIsServed()
    {
        var queue = Queue(perMinute: 60, burst: 1);
        (await queue.EnterAsync(CancellationToken.None)).Dispose();
        using var cancel = new CancellationTokenSource();
        var gone = queue.EnterAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);

        var next = queue.EnterAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(2));
        (await next).Dispose();
    }

    private BmcQueue Queue(int perMinute, int burst) =>
        new(new PowerConfiguration(64, perMinute, burst, TimeSpan.FromMinutes(1), new Dictionary<string, PowerCommandLine>(), null), _time);
}
