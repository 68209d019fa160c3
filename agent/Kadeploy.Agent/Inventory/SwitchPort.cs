namespace Kadeploy.Agent.Inventory;

/// <summary>Where a cable ends.</summary>
/// <param name="Switch">The switch's name, or its chassis id when it has none.</param>
/// <param name="Port">The port, as the switch calls it.</param>
internal sealed record SwitchPort(string Switch, string Port);
