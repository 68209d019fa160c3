using System.Collections.Immutable;
using Kadeploy.Controller.Configuration;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Agents;

/// <summary>What an agent can be told to do: one record for each step of the protocol.</summary>
internal abstract record AgentOrder
{
    private AgentOrder()
    {
    }

    public sealed record PartitionDisk(DiskHint Disk, DiskLayout Layout) : AgentOrder;

    public sealed record MakeFileSystem(DiskHint Disk, int Partition, string Kind, string Label) : AgentOrder;

    public sealed record Mount(DiskHint Disk, int Partition, string Kind) : AgentOrder;

    public sealed record Unmount : AgentOrder;

    /// <param name="Plan">The chain.</param>
    /// <param name="Image">What is received.</param>
    /// <param name="Disk">For a block image: where it is written.</param>
    /// <param name="Partition">For a block image: which partition, 0 for the whole disk.</param>
    public sealed record ReceiveImage(TransferPlan Plan, Image Image, DiskHint Disk, int Partition) : AgentOrder;

    /// <param name="Plan">The chain.</param>
    /// <param name="Path">The file, or with <paramref name="Unpack"/> the folder.</param>
    /// <param name="Unpack">A tar archive is extracted.</param>
    /// <param name="Compression">Of the archive.</param>
    public sealed record ReceiveFile(TransferPlan Plan, string Path, bool Unpack, string Compression) : AgentOrder;

    /// <param name="Hostname">Short name.</param>
    /// <param name="Domain">DNS domain, may be empty.</param>
    /// <param name="AuthorizedKeys">OpenSSH public keys for root.</param>
    /// <param name="Files">Small files written into the installed system, mode 0600.</param>
    public sealed record Configure(
        string Hostname, string Domain, IReadOnlyList<string> AuthorizedKeys, ImmutableDictionary<string, string> Files) : AgentOrder;

    /// <param name="Name">For messages.</param>
    /// <param name="Archive">Contents of a tar archive, empty when <paramref name="Text"/> is a script itself.</param>
    /// <param name="Compression">Of the archive.</param>
    /// <param name="Text">Command inside the archive with its arguments, or a script's text.</param>
    /// <param name="Environment">Variables.</param>
    public sealed record RunScript(
        string Name, ReadOnlyMemory<byte> Archive, string Compression, string Text, IReadOnlyDictionary<string, string> Environment) : AgentOrder;

    public sealed record CheckFiles(IReadOnlyList<string> Paths) : AgentOrder;

    public sealed record InstallBootLoader(DiskHint Disk, int RootPartition, string Kernel, string Initrd, string Parameters) : AgentOrder;

    public sealed record Sync : AgentOrder;

    public sealed record Reboot : AgentOrder;

    public sealed record Kexec(DiskHint Disk, int RootPartition, string Kernel, string Initrd, string Parameters) : AgentOrder;

    /// <param name="Command">As a shell reads it.</param>
    public sealed record Execute(string Command) : AgentOrder;

    public sealed record AuthorizeKeys(IReadOnlyList<string> Keys) : AgentOrder;
}
