using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller;

/// <summary>Renews the leases of nodes for as long as kadeployd lives: one that was not renewed for two minutes has no living owner.</summary>
internal sealed class LeaseKeeper(LeaseStore leases, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<LeaseKeeper> log) : Loop(lifetime, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await leases.RenewAsync();
    }
}
