using System.Collections.Concurrent;
using System.Net;
using Grpc.Net.Client;
using Kadeploy.FleetAgents.Bmc;

namespace Kadeploy.FleetAgents;

/// <summary>All simulated machines, and where they find their controller.</summary>
internal sealed class FleetWorld : IAsyncDisposable
{
    /// <summary>Registration is not what is measured.</summary>
    public static readonly ParallelOptions EightAtOnce = new() { MaxDegreeOfParallelism = 8 };

    private readonly Dictionary<IPAddress, FleetNode> _byBmc;
    private FakeRedfish _redfish = null!;
    private int _sessions;

    private FleetWorld(IReadOnlyList<Life> lives)
    {
        Nodes = [.. lives.Select((life, i) => new FleetNode(this, i + 1, life))];
        _byBmc = Nodes.ToDictionary(n => n.BmcAddress);
    }

    public IReadOnlyList<FleetNode> Nodes { get; }

    public int RedfishPort => _redfish.Port;

    /// <summary>The controller's boot listener.</summary>
    public Uri Boot { get; set; } = null!;

    /// <summary>The controller's agents' listener.</summary>
    public Uri Agents { get; set; } = null!;

    /// <summary>The controller's key, as it came with the initramfs.</summary>
    public PinnedKey Key { get; set; } = null!;

    /// <summary>What the machines were trusted with, and what it is.</summary>
    public ConcurrentBag<(string What, string Secret)> Secrets { get; } = [];

    public string ImageSha256 { get; set; } = "";

    /// <summary>Sessions that were welcomed, redials included.</summary>
    public int Sessions => _sessions;

    public void CountSession() => Interlocked.Increment(ref _sessions);

    /// <summary>Why sessions ended that nobody meant to end, and how many.</summary>
    public ConcurrentDictionary<string, int> Ends { get; } = [];

    public void CountEnd(string why) => Ends.AddOrUpdate(why, 1, (_, n) => n + 1);

    public static async Task<FleetWorld> StartAsync(IReadOnlyList<Life> lives)
    {
        var world = new FleetWorld(lives);
        world._redfish = await FakeRedfish.StartAsync(address => world._byBmc.GetValueOrDefault(address)?.Bmc);
        return world;
    }

    /// <summary>Has all machines boot from this controller, which runs, and registers them with it.</summary>
    public async Task RegisterAsync(ControllerProcess controller, Action<string> say)
    {
        (Boot, Agents, Key) = (controller.Boot, controller.Agents, controller.Key);
        say($"registering {Nodes.Count} machines");
        await Parallel.ForEachAsync(Nodes, EightAtOnce, async (node, _) => await controller.AddNodeAsync(node, RedfishPort));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Nodes.Select(n => n.DisposeAsync().AsTask()));
        await _redfish.DisposeAsync();
    }
}
