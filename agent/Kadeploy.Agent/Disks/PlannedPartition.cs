namespace Kadeploy.Agent.Disks;

/// <summary>One partition with its place, in sectors of the disk.</summary>
internal sealed record PlannedPartition(uint Number, PartitionRole Role, ulong Start, ulong Sectors, string Label, string Type);
