namespace Kadeploy.Api.Nodes;

/// <summary>Hardware of a node as its agent found it; an empty string is a fact that the hardware does not tell.</summary>
/// <param name="Vendor">System vendor (DMI).</param>
/// <param name="Product">Product name (DMI).</param>
/// <param name="Serial">Serial number of the machine (DMI).</param>
/// <param name="Uuid">System UUID (DMI).</param>
/// <param name="Firmware"><c>bios</c> or <c>uefi</c>.</param>
/// <param name="MemoryBytes">Memory in bytes.</param>
/// <param name="CpuModel">Model name of the first processor.</param>
/// <param name="CpuThreads">Number of logical processors.</param>
/// <param name="Kernel">Release of the deployment kernel.</param>
/// <param name="Disks">Block devices that could hold a system.</param>
/// <param name="Interfaces">Network interfaces.</param>
public sealed record Inventory(
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

/// <summary>One disk.</summary>
/// <param name="Path">Device path, for example <c>/dev/vda</c>.</param>
/// <param name="SizeBytes">Size in bytes.</param>
/// <param name="Model">Model.</param>
/// <param name="Serial">Serial number.</param>
/// <param name="Wwn">World wide name.</param>
/// <param name="Transport"><c>nvme</c>, <c>sata</c>, <c>virtio</c>, <c>usb</c>…</param>
/// <param name="Rotational">Whether it spins.</param>
/// <param name="Removable">Removable disks are never chosen without a hint.</param>
/// <param name="ReadOnly">Whether it refuses writes.</param>
/// <param name="SectorBytes">Logical sector size in bytes; 0 when unknown.</param>
/// <param name="Links">Stable names under <c>/dev/disk</c>.</param>
public sealed record InventoryDisk(
    string Path,
    long SizeBytes,
    string Model = "",
    string Serial = "",
    string Wwn = "",
    string Transport = "",
    bool Rotational = false,
    bool Removable = false,
    bool ReadOnly = false,
    int SectorBytes = 0,
    IReadOnlyList<string>? Links = null);

/// <summary>One network interface.</summary>
/// <param name="Name">Name in the deployment environment, for example <c>eth0</c>.</param>
/// <param name="Mac">MAC, lower case with colons.</param>
/// <param name="Driver">Kernel driver.</param>
/// <param name="Link">Whether it has a link.</param>
/// <param name="SpeedMbit">Speed in Mbit/s; 0 when unknown.</param>
/// <param name="Addresses">Addresses with prefix length.</param>
/// <param name="Switch">The switch at the other end of its cable, as LLDP names it; absent when nothing was heard.</param>
/// <param name="SwitchPort">The port there.</param>
public sealed record InventoryInterface(
    string Name,
    string Mac,
    string Driver = "",
    bool Link = false,
    long SpeedMbit = 0,
    IReadOnlyList<string>? Addresses = null,
    string? Switch = null,
    string? SwitchPort = null);
