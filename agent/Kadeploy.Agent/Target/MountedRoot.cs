using Kadeploy.Agent.Inventory;

namespace Kadeploy.Agent.Target;

/// <param name="Device">Node of the partition, "/dev/vda3".</param>
internal sealed record MountedRoot(BlockDevice Disk, uint Partition, string Device, string Kind);
