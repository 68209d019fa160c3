using Kadeploy.Agent.Inventory;

namespace Kadeploy.Agent.Link;

/// <summary>Who this agent is.</summary>
/// <param name="Token">Single use, from the kernel command line; empty for a machine that enrols.</param>
/// <param name="Mac">Of the interface that booted.</param>
/// <param name="ChainPort">Where it listens for its predecessor; 0 when it could not.</param>
internal sealed record AgentIdentity(string Token, string Mac, string BootId, int ChainPort, MachineRoot Root)
{
    public static string Version { get; } = typeof(AgentIdentity).Assembly.GetName().Version?.ToString(3) ?? "0";
}
