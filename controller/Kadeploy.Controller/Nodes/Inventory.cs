namespace Kadeploy.Controller.Nodes;

/// <summary>What an agent found in its machine.</summary>
/// <param name="Hostname">Name that DHCP gave, if any.</param>
/// <param name="Vendor">DMI system vendor.</param>
/// <param name="Product">DMI product name.</param>
/// <param name="Serial">DMI serial number.</param>
/// <param name="Uuid">DMI system UUID.</param>
/// <param name="Firmware"><c>bios</c> or <c>uefi</c>.</param>
/// <param name="MemoryBytes">Memory.</param>
/// <param name="CpuModel">Name of the processor.</param>
/// <param name="CpuThreads">Hardware threads.</param>
/// <param name="Kernel">Kernel release of the deployment environment.</param>
/// <param name="Disks">Every disk.</param>
/// <param name="Interfaces">Every network interface.</param>
internal sealed record Inventory(
    string Hostname,
    string Vendor,
    string Product,
    string Serial,
    string Uuid,
    string Firmware,
    long MemoryBytes,
    string CpuModel,
    int CpuThreads,
    string Kernel,
    IReadOnlyList<InventoryDisk> Disks,
    IReadOnlyList<InventoryInterface> Interfaces);
