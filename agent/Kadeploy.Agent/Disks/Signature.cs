namespace Kadeploy.Agent.Disks;

/// <summary>What blkid found; a field is empty when it does not apply.</summary>
/// <param name="Kind">"ext4", "vfat", "swap"...</param>
/// <param name="PartitionType">GPT type GUID in lower case, or "0xef".</param>
internal sealed record Signature(string Kind, string Uuid, string PartitionUuid, string PartitionType)
{
    public bool IsEsp => PartitionType is "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" or "0xef";
}
