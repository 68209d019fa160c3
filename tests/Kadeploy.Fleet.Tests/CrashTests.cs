using Kadeploy.FleetAgents;

namespace Kadeploy.Fleet.Tests;

/// <summary>kadeployd ends at once, as by SIGKILL, after the n-th write of its journal; the machines are simulated. build/bench crash does every n.</summary>
public sealed class CrashTests
{
    // Submitted; armed; reset; booted; formatted; received; rebooted; and what happens to lie between.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(12)]
    [InlineData(15)]
    public async Task A_controller_that_dies_after_a_write_is_continued_by_the_next_and_nothing_is_done_twice(int write)
    {
        var folder = Directory.CreateTempSubdirectory("kadeploy-crash-").FullName;
        var run = new CrashRun(Programs.Kadeployd, folder + "/run", firstPort: 26400);

        var result = await run.RunAsync(write);

        Assert.True(result.Crashed, $"there is no write number {write}");
        Assert.True(result.Wrong.Count == 0, $"{string.Join('\n', result.Wrong)}\nevidence: {folder}");
        Directory.Delete(folder, recursive: true);
    }
}
