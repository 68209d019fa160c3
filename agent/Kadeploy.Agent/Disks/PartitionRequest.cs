namespace Kadeploy.Agent.Disks;

/// <summary>One partition as the cluster's layout asks for it.</summary>
/// <param name="SizeBytes">0: the rest of the disk; the last partition only.</param>
/// <param name="Label">GPT name; empty for none.</param>
/// <param name="Type">GPT type GUID, or MBR type in hexadecimal; empty: by role.</param>
internal sealed record PartitionRequest(uint Number, PartitionRole Role, ulong SizeBytes, string Label = "", string Type = "");
