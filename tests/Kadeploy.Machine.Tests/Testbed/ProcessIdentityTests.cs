using System.Diagnostics;
using Kadeploy.Machine.Tests.Support;
using Kadeploy.Testbed.Processes;

namespace Kadeploy.Machine.Tests.Testbed;

[Trait("category", "machine")]
public sealed class ProcessIdentityTests
{
    [Fact]
    public void IsAlive_ThisProcess_IsTrue() => Assert.True(ProcessIdentity.Of(Environment.ProcessId)!.IsAlive);

    [Fact]
    public void IsAlive_SameNumberOtherStart_IsFalse()
    {
        var self = ProcessIdentity.Of(Environment.ProcessId)!;

        Assert.False((self with { StartTicks = self.StartTicks + 1 }).IsAlive);
    }

    [Fact]
    public async Task Stop_ProcessThatIgnoresTermination_IsGoneAfterTheGracePeriod()
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]) { RedirectStandardOutput = true })!;
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
        var identity = ProcessIdentity.Of(process.Id)!;

        Signals.Stop(identity, TimeSpan.FromMilliseconds(200));

        await Eventually.HoldsAsync("the process is gone", () => !identity.IsAlive, TimeSpan.FromSeconds(30));
    }
}
