using Kadeploy.Agent.Inventory;

namespace Kadeploy.Agent.Link;

/// <summary>Who this agent is.</summary>
/// <param name="Token">Single use, from the kernel command line; empty for a machine that enrols.</param>
/// <param name="Mac">Of the interface that booted.</param>
/// <param name="ChainPort">Where it listens for its predecessor; 0 when it could not.</param>
internal sealed record AgentIdentity(string Token, string Mac, string BootId, int ChainPort, MachineRoot Root)
{
    /// <summary>What is known of this machine's place in the network.</summary>
    public SwitchNeighbours Neighbours { get; } = new(Root);

    public static string Version { get; } = typeof(AgentIdentity).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>This machine as it is now.</summary>
    public MachineDescription Describe()
    {
        var machine = MachineDescription.Read(Root);
        return machine with { Interfaces = [.. machine.Interfaces.Select(card => card with { Uplink = Neighbours.Of(card.Name) })] };
    }
}
