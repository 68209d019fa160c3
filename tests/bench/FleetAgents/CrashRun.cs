using System.Diagnostics;
using System.Net.Http.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Protocol.V1;

namespace Kadeploy.FleetAgents;

/// <summary>
/// Two machines are deployed by a kadeployd that ends itself after the n-th write of its journal, and by the one that is started then. Disks, boots and
/// verdicts are looked at in the end.
/// </summary>
internal sealed class CrashRun(string kadeployd, string folder, int firstPort)
{
    private const int Machines = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly Limits Limits = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));

    // Quick enough for many runs, slow enough that steps are under way when it ends.
    private static readonly Life Life = new(Fault.None, TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(0.3), TimeSpan.FromMilliseconds(30));

    /// <summary>What is done to a disk once, or it is not the disk that the verdict speaks of.</summary>
    private static readonly RunStep.StepOneofCase[] OnceOnly =
    [
        RunStep.StepOneofCase.Partition, RunStep.StepOneofCase.Format, RunStep.StepOneofCase.Receive, RunStep.StepOneofCase.BootLoader, RunStep.StepOneofCase.Reboot,
    ];

    /// <param name="write">After which write it ends; 0 for not at all.</param>
    public async Task<CrashResult> RunAsync(int write)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        await using var controller = new ControllerProcess(kadeployd, folder, firstPort, Limits);
        await using var world = await FleetWorld.StartAsync([.. Enumerable.Repeat(Life, Machines)]);
        (world.Boot, world.Agents) = (controller.Boot, controller.Agents);
        await controller.StartAsync(write);
        world.Key = controller.Key;
        world.ImageSha256 = await controller.AddEnvironmentAsync();
        foreach (var node in world.Nodes)
            await controller.AddNodeAsync(node, world.RedfishPort);
        try
        {
            await controller.DeployAsync($"node-[1-{Machines}]");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // It ended before it could answer: accepted all the same.
        }

        var (end, crashed) = await EndAsync(controller);
        if (crashed)
        {
            await controller.StartAsync();
            (end, _) = await EndAsync(controller);
        }
        return new CrashResult(crashed, Wrong(world, end));
    }

    private static async Task<(DeploymentInfo? End, bool Crashed)> EndAsync(ControllerProcess controller)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; await Task.Delay(100))
        {
            if (controller.Process.HasExited)
                return (null, true);
            try
            {
                var list = await controller.Http.GetFromJsonAsync(Routes.Deployments, ApiJson.Default.DeploymentList);
                if (list!.Deployments is [{ State: not DeploymentState.Running } one])
                    return (await controller.FindAsync(one.Id), false);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // It is about to end, or to start.
            }
        }
        return (null, false);
    }

    private static List<string> Wrong(FleetWorld world, DeploymentInfo? end)
    {
        if (end is null)
            return [$"the deployment did not end within {Patience.TotalSeconds} s"];
        var wrong = Judgement.Of(world, end).ToList();
        foreach (var node in world.Nodes)
        {
            wrong.AddRange(OnceOnly.Where(s => node.Done.GetValueOrDefault(s) != 1).Select(s => $"{node.Name}: {s} was done {node.Done.GetValueOrDefault(s)} times"));
            if (node.BootsFromDisk != 1)
                wrong.Add($"{node.Name}: booted its disk {node.BootsFromDisk} times");
        }
        // A further try of the boot is no fault: what iPXE or the agent was being told when the controller died is lost, and both are told once.
        foreach (var state in end.NodeStates)
            wrong.AddRange(state.Steps!.GroupBy(s => (s.MacroStep, s.MicroStep, s.Attempt)).Where(g => g.Count() > 1)
                .Select(g => $"{state.Node}: {g.Key} was begun {g.Count()} times"));
        return wrong;
    }
}
