namespace Kadeploy.Testbed;

/// <summary>What kind of virtual cluster is wanted.</summary>
/// <param name="Name">Name of the cluster and of its network namespace; a cluster of the same name is removed first.</param>
/// <param name="Directory">Absolute path of the folder for its files; made if missing.</param>
public sealed record ClusterOptions(string Name, string Directory)
{
    /// <summary>The most nodes that fit the address plan.</summary>
    public const int MaximumNodes = 89;

    /// <summary>Number of nodes, <c>node-1</c> to <c>node-N</c>.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Names of the nodes that start with UEFI firmware; the others have a BIOS.</summary>
    public IReadOnlyList<string> UefiNodes { get; init; } = [];

    /// <summary>Memory of a node, MiB.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>Size of a node's disk, bytes; the file is sparse.</summary>
    public long DiskBytes { get; init; } = 4L << 30;

    /// <summary>When this process ends, however it ends, the cluster is removed; null leaves it until <c>down</c>.</summary>
    public int? OwnerPid { get; init; }

    /// <summary>Kernel that must boot under KVM before KVM is used; null means emulation.</summary>
    public string? KvmProbeKernel { get; init; }

    /// <summary>TCP port of the controller's boot files, to which DHCP sends iPXE.</summary>
    public int BootPort { get; init; } = 25302;
}
