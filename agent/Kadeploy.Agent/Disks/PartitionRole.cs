namespace Kadeploy.Agent.Disks;

/// <summary>What a partition is for; its type follows from it.</summary>
internal enum PartitionRole
{
    BiosBoot,
    Esp,
    Swap,
    Root,
    Data,
}
