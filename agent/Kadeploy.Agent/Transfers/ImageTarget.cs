using Kadeploy.Agent.Disks;
using Kadeploy.Transfer;

namespace Kadeploy.Agent.Transfers;

/// <summary>Where an image goes. A compression of null is one that this agent does not know.</summary>
internal abstract record ImageTarget
{
    /// <summary>A tar archive, extracted into a folder; "" is the mounted root file system.</summary>
    public sealed record Tree(Compression? Compression, string Folder) : ImageTarget;

    /// <summary>Written to a partition, or to the whole disk when it is 0.</summary>
    public sealed record Device(DiskSelector Disk, uint Partition, Compression? Compression) : ImageTarget;

    /// <summary>Kept as it is.</summary>
    public sealed record File(string Path) : ImageTarget;

    /// <summary>A kind that this agent does not know.</summary>
    public sealed record Unknown : ImageTarget;
}
