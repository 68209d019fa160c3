using Kadeploy.Deployments.Rights;

namespace Kadeploy.Controller.Rights;

/// <summary>Waits for rights to end, and ends what runs by them.</summary>
internal sealed class RightsWatch(RightsBook rights, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<RightsWatch> log) : Loop(lifetime, log)
{
    // A timer holds no more than some weeks, and a clock that was set is noticed after an hour.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // Taken before anything is looked at: a change in between is not missed.
            var changed = rights.Changed;
            await rights.EnforceAsync("has no right to these nodes any more", stoppingToken);
            var now = time.GetUtcNow();
            var wait = RightRules.NextEnd(rights.All, now) is { } end && end - now < Longest ? end - now : Longest;
            using var woken = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(Task.Delay(wait, time, woken.Token), changed);
            await woken.CancelAsync();
        }
    }
}
