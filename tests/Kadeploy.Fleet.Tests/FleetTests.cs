using Kadeploy.FleetAgents;

namespace Kadeploy.Fleet.Tests;

public sealed class FleetTests
{
    [Fact]
    public async Task A_hundred_and_fifty_machines_of_which_one_in_25_is_faulty_in_one_way_or_another_all_get_the_right_verdict()
    {
        var folder = Directory.CreateTempSubdirectory("kadeploy-fleet-").FullName;
        var options = new FleetOptions
        {
            Nodes = 150,
            Folder = folder + "/run",
            Kadeployd = Programs.Kadeployd,
            Kadeploy = Programs.Kadeploy,
            FirstPort = 26300,
            Firmware = TimeSpan.FromSeconds(1),
            Kernel = TimeSpan.FromSeconds(0.5),
            Image = TimeSpan.FromSeconds(1),
            Step = TimeSpan.FromMilliseconds(20),
            WaitReboot = TimeSpan.FromSeconds(25),
            RebootPatience = TimeSpan.FromSeconds(5),
            Deadline = TimeSpan.FromMinutes(4),
        };

        var result = await new FleetRun(options).RunAsync(_ => { });

        Assert.True(result.Good, $"{result}\nevidence: {options.Folder}");
        Directory.Delete(folder, recursive: true);
    }
}
