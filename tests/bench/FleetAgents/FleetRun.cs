using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;

namespace Kadeploy.FleetAgents;

/// <summary>
/// One fleet: 1: kadeployd, a process of its own, is started; 2: the machines are registered; 3: one <c>kadeploy deploy</c> deploys them all; 4: what
/// became of each is compared with what is wrong with it.
/// </summary>
internal sealed class FleetRun(FleetOptions options)
{
    private readonly Limits _limits = new(options.WaitReboot, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), options.RebootPatience);

    public async Task<FleetResult> RunAsync(Action<string> say)
    {
        // 1
        await using var controller = await ControllerProcess.StartNewAsync(options, _limits);
        await using var world = await FleetWorld.StartAsync(Lives());
        world.ImageSha256 = await controller.AddEnvironmentAsync();

        // 2
        await world.RegisterAsync(controller, say);

        // 3
        var faulty = world.Nodes.Count(n => n.Life.Fault != Fault.None);
        say($"deploying onto node-[1-{options.Nodes}] by one kadeploy deploy; {faulty} of them are faulty; the image is not sent, its order and its result are");
        var before = Usage.Of(controller.Process.Id);
        var machines = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        using var sampling = new CancellationTokenSource();
        var peak = PeakAsync(controller.Process.Id, world, sampling.Token);
        using var deployed = new CancellationTokenSource();
        var audience = options.Watchers + options.Requests > 0
            ? new Audience(options.Watchers, options.Requests).AttendAsync(controller, options.Nodes, deployed.Token)
            : Task.FromResult<AudienceResult?>(null);
        var (exitCode, client) = await DeployAsync(controller);
        var wall = clock.Elapsed;
        await deployed.CancelAsync();
        var seen = await audience;
        machines = Environment.CpuUsage.TotalTime - machines;
        await sampling.CancelAsync();
        var used = Usage.Of(controller.Process.Id);

        // 4
        var list = await controller.Http.GetStringAsync(new Uri(Routes.Deployments, UriKind.Relative));
        var id = JsonSerializer.Deserialize(list, ApiJson.Default.DeploymentList)!.Deployments[0].Id;
        var end = (await controller.FindAsync(id))!;
        var events = end.NodeStates.Sum(n => (2L * (n.Steps?.Count ?? 0)) + 1);
        return new FleetResult(
            options.Nodes,
            exitCode,
            Judgement.Of(world, end),
            wall,
            world.Nodes.Max(n => n.Life.Alone(_limits)),
            LastOf(end, world, Fault.None) - end.CreatedAt,
            world.Nodes.Where(n => n.Life.Fault == Fault.None).Max(n => n.Life.Alone(_limits)),
            used.Processor - before.Processor,
            client,
            machines,
            await peak,
            used.PeakResidentBytes,
            events,
            world.Sessions,
            DatabaseBytes(controller),
            seen);
    }

    private static TimeSpan? LastOfNode(NodeProgress node, DateTimeOffset from) =>
        node.Steps is { Count: > 0 } steps ? steps[^1].StartedAt + TimeSpan.FromSeconds(steps[^1].Seconds) - from : null;

    private static DateTimeOffset LastOf(DeploymentInfo end, FleetWorld world, Fault fault)
    {
        var names = world.Nodes.Where(n => n.Life.Fault == fault).Select(n => n.Name).ToHashSet();
        return end.CreatedAt + (end.NodeStates.Where(n => names.Contains(n.Node)).Select(n => LastOfNode(n, end.CreatedAt)).Max() ?? TimeSpan.Zero);
    }

    private static long DatabaseBytes(ControllerProcess controller) =>
        new[] { "", "-wal" }.Sum(s => File.Exists(controller.DatabaseFile + s) ? new FileInfo(controller.DatabaseFile + s).Length : 0);

    private static async Task<int> PeakAsync(int pid, FleetWorld world, CancellationToken stop)
    {
        var most = 0;
        while (!stop.IsCancellationRequested)
        {
            most = Math.Max(most, Usage.ConnectionsOf(pid));
            await Task.Delay(2000, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return most;
    }

    private async Task<(int ExitCode, TimeSpan Processor)> DeployAsync(ControllerProcess controller)
    {
        var nodes = string.Create(CultureInfo.InvariantCulture, $"node-[1-{options.Nodes}]");
        var start = new ProcessStartInfo(options.Kadeploy, ["--server", controller.Api.ToString(), "--token-file", controller.TokenFile, "deploy", "-e", "fleet", "-m", nodes])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var kadeploy = Process.Start(start)!;
        await using var log = new FileStream($"{options.Folder}/kadeploy.log", FileMode.Create, FileAccess.Write, FileShare.Read);
        var output = kadeploy.StandardOutput.BaseStream.CopyToAsync(log);
        var error = kadeploy.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(options.Deadline);
        var used = TimeSpan.Zero;
        try
        {
            // Looked at while it lives: what an ended process has used is not told.
            var ended = kadeploy.WaitForExitAsync(limit.Token);
            while (await Task.WhenAny(ended, Task.Delay(1000)) != ended)
                used = Usage.ProcessorOf(kadeploy.Id) ?? used;
            await ended;
        }
        catch (OperationCanceledException)
        {
            kadeploy.Kill();
            throw new TimeoutException($"kadeploy deploy has not ended after {options.Deadline.TotalSeconds} s: something is stuck; see {options.Folder}");
        }
        await output;
        await File.WriteAllTextAsync($"{options.Folder}/kadeploy.err", await error);
        return (kadeploy.ExitCode, used);
    }

    private List<Life> Lives()
    {
        var random = new Random(options.Seed);
        var faults = Enum.GetValues<Fault>().Where(f => f != Fault.None).ToArray();
        var lives = new List<Life>();
        for (var i = 0; i < options.Nodes; i++)
        {
            // Every twenty-fifth: 4 %, all kinds in turn.
            var fault = i % 25 == 12 ? faults[i / 25 % faults.Length] : Fault.None;
            // One machine is slower than another in all it does.
            var pace = FleetOptions.Quickest + ((1 - FleetOptions.Quickest) * random.NextDouble());
            lives.Add(new Life(fault, options.Firmware * pace, options.Kernel * pace, options.Image * pace, options.Step * pace));
        }
        return lives;
    }
}
