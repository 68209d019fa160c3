using System.Text.Json.Serialization;

namespace Kadeploy.Testbed;

/// <summary>What a virtual machine starts with.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Firmware>))]
public enum Firmware
{
    /// <summary>SeaBIOS; the network card's own iPXE is the boot ROM.</summary>
    [JsonStringEnumMemberName("bios")]
    Bios,

    /// <summary>OVMF; its own PXE client fetches iPXE by TFTP.</summary>
    [JsonStringEnumMemberName("uefi")]
    Uefi,
}
