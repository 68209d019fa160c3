namespace Kadeploy.Controller.Nodes;

/// <summary>One network interface of a machine.</summary>
internal sealed record InventoryInterface(
    string Name, string Mac, string Driver, bool Link, long SpeedMbit, IReadOnlyList<string> Addresses, string Switch = "", string SwitchPort = "");
