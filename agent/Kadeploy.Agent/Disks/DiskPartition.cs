namespace Kadeploy.Agent.Disks;

/// <summary>A partition as the kernel sees it.</summary>
/// <param name="Start">First sector, in units of 512 bytes.</param>
/// <param name="Sectors">Size in units of 512 bytes.</param>
internal sealed record DiskPartition(uint Number, string Device, ulong Start, ulong Sectors);
