using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Disks;

/// <summary>Chooses among the disks that are there, and waits a little for those whose driver is still looking for them.</summary>
internal sealed class DiskFinder(BlockDevices devices, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    // A second disk that is found a moment later makes "the only one" ambiguous: two looks this far apart must agree.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    private string _settled = "";

    public async Task<Result<BlockDevice>> FindAsync(DiskSelector selector, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var disks = devices.List();
            var choice = DiskChoice.Choose(selector, disks);
            if (choice.Failure is null)
            {
                if (selector.NamesOne || await IsSettledAsync(disks, cancellation))
                    return choice;
                continue;
            }
            if (choice.Failure.Reason != "no-such-disk" || time.GetElapsedTime(started) > Patience)
                return choice;
            await Task.Delay(Look, time, cancellation);
        }
    }

    private async Task<bool> IsSettledAsync(IReadOnlyList<BlockDevice> disks, CancellationToken cancellation)
    {
        var now = string.Join(' ', disks.Select(disk => disk.Name));
        if (_settled == now)
            return true;
        _settled = now;
        await Task.Delay(Settle, time, cancellation);
        return false;
    }
}
