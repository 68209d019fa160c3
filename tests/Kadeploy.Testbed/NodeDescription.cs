namespace Kadeploy.Testbed;

/// <summary>One virtual machine of the cluster. Paths are absolute.</summary>
/// <param name="Name">Host name, <c>node-1</c> and so on.</param>
/// <param name="Mac">MAC address in lower case with colons.</param>
/// <param name="Ip">IPv4 address that DHCP gives it.</param>
/// <param name="Uuid">SMBIOS system UUID.</param>
/// <param name="Serial">SMBIOS system serial number.</param>
/// <param name="Firmware">What it starts with.</param>
/// <param name="Bmc">Its BMC.</param>
/// <param name="SerialLog">All that it ever wrote to its serial port.</param>
/// <param name="Disk">Raw sparse file behind its only disk.</param>
/// <param name="DiskSerial">Serial number of that disk.</param>
public sealed record NodeDescription(
    string Name,
    string Mac,
    string Ip,
    string Uuid,
    string Serial,
    Firmware Firmware,
    BmcDescription Bmc,
    string SerialLog,
    string Disk,
    string DiskSerial);
