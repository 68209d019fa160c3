namespace Kadeploy.Controller.Configuration;

/// <summary>How the network is built, for the order of the chain.</summary>
/// <param name="Controller">The switches that the controller hangs at, from the root down; empty for the root.</param>
/// <param name="Switches">The same for each node that the file names.</param>
internal sealed record TopologyConfiguration(IReadOnlyList<string> Controller, IReadOnlyDictionary<string, IReadOnlyList<string>> Switches);
