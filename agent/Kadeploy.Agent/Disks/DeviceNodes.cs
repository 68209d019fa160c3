using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Disks;

/// <summary>Waits for the kernel to show a partition in /dev (devtmpfs makes the node; there is no udev to do more).</summary>
internal sealed class DeviceNodes(MachineRoot root, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <param name="sectors512">The size that it must have, in units of 512 bytes as in sysfs; 0 for any. An older partition of the same number may
    /// still be in the kernel's table.</param>
    public async Task<StepFailed?> WaitAsync(string node, ulong sectors512, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var attribute = $"{root.Sys}/class/block/{Path.GetFileName(node)}/size";
        while (true)
        {
            var seen = MachineRoot.ReadNumber(attribute);
            if (File.Exists(node) && seen > 0 && (sectors512 == 0 || seen == sectors512))
                return null;
            if (time.GetElapsedTime(started) > Patience)
                return new StepFailed(Party.Kernel, "no-device-node", File.Exists(node)
                    ? $"{node} has {seen} sectors of 512 bytes where {sectors512} were expected: is it in use?"
                    : $"{node} did not appear within {Patience.TotalSeconds} s");
            await Task.Delay(Look, time, cancellation);
        }
    }
}
