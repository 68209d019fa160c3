using System.Diagnostics;
using System.Globalization;

namespace Kadeploy.FleetAgents;

/// <summary>
/// Thousands of agents that only keep their sessions: 1: kadeployd is started and the nodes are registered; 2: all agents dial at once, each over TLS from an
/// address of its own; 3: what they cost at rest.
/// </summary>
internal sealed class SessionRun(FleetOptions options)
{
    private static readonly Limits Limits = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    public async Task<string> RunAsync(Action<string> say)
    {
        // 1
        await using var controller = await ControllerProcess.StartNewAsync(options, Limits);
        var life = new Life(Fault.None, default, default, default, default);
        await using var world = await FleetWorld.StartAsync([.. Enumerable.Repeat(life, options.Nodes)]);
        await world.RegisterAsync(controller, say);
        var tokens = new string[options.Nodes];
        await Parallel.ForEachAsync(world.Nodes, FleetWorld.EightAtOnce, async (node, _) => tokens[node.Number - 1] = await controller.MakeNodeTokenAsync(node.Name));
        await Task.Delay(TimeSpan.FromSeconds(5)); // the garbage of 20,000 requests is not the sessions'
        var before = Resident(controller);

        // 2
        say("dialling");
        var processor = Usage.Of(controller.Process.Id).Processor;
        using var stop = new CancellationTokenSource();
        var clock = Stopwatch.StartNew();
        var agents = world.Nodes.Select(node => new FleetAgent(node, world, tokens[node.Number - 1])).ToList();
        var running = agents.Select(agent => Task.Run(() => agent.RunAsync(stop.Token))).ToList();
        while (world.Sessions < options.Nodes && clock.Elapsed < options.Deadline)
            await Task.Delay(20);
        var connected = clock.Elapsed;
        var sessions = world.Sessions;
        var dialling = Usage.Of(controller.Process.Id).Processor - processor;

        // 3
        await Task.Delay(Rest);
        processor = Usage.Of(controller.Process.Id).Processor;
        var after = Resident(controller);
        await Task.Delay(Rest);
        var idle = Usage.Of(controller.Process.Id).Processor - processor;
        var still = Usage.ConnectionsOf(controller.Process.Id);
        var ends = world.Ends.OrderByDescending(end => end.Value).Take(10).ToList();
        await stop.CancelAsync();
        await Task.WhenAll(running);
        agents.ForEach(agent => agent.Dispose());
        return string.Create(CultureInfo.InvariantCulture, $"""
            agents               {options.Nodes} over TLS 1.3, all dialling at once; they share this machine's {Environment.ProcessorCount} processors with kadeployd
            connected            {sessions} sessions in {connected.TotalSeconds:0.0} s, {dialling.TotalSeconds:0.0} s of kadeployd's processor time ({dialling.TotalMilliseconds / options.Nodes:0.00} ms each)
            memory               {(after - before) / options.Nodes / 1024} KiB resident each ({before >> 20} MiB before, {after >> 20} MiB with all)
            at rest              {idle.TotalSeconds:0.00} s of processor time in {Rest.TotalSeconds:0} s, heartbeats every 5 s both ways
            after a minute       {world.Sessions - options.Nodes} redials, {still} sockets open

            """) + string.Concat(ends.Select(end => $"ended                {end.Value} x {end.Key}\n"));
    }

    private static long Resident(ControllerProcess controller) => 1024 * long.Parse(
        File.ReadLines($"/proc/{controller.Process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
