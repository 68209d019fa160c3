using Kadeploy.Agent.Inventory;

namespace Kadeploy.Agent.Link;

/// <summary>This machine has turned out to be more than Hello said.</summary>
internal sealed record InventoryNote(MachineDescription Machine);
