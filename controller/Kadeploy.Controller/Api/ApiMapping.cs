using Kadeploy.Api.Environments;
using Kadeploy.Api.Nodes;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Nodes;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Contract = Kadeploy.Api;

namespace Kadeploy.Controller.Api;

/// <summary>The border between the domain and the REST contract: every translation is here.</summary>
internal static class ApiMapping
{
    public static NodeInfo ToContract(StoredNode stored, Machine? machine, AgentSession? session, BusyNode? busy) => new(
        stored.Node.Name,
        stored.State switch
        {
            _ when busy?.Kind == OperationKind.Reboot => Contract.Nodes.NodeState.Rebooting,
            _ when busy?.Kind == OperationKind.Power => Contract.Nodes.NodeState.Powering,
            _ when busy?.Kind == OperationKind.Deployment => Contract.Nodes.NodeState.Deploying,
            Nodes.NodeState.Idle => Contract.Nodes.NodeState.Idle,
            Nodes.NodeState.Deployed => Contract.Nodes.NodeState.Deployed,
            _ => Contract.Nodes.NodeState.Failed,
        },
        stored.Node.Macs,
        stored.Node.Cluster,
        Accepted: true,
        stored.Node.Address,
        stored.Node.Bmc is { } bmc ? new BmcInfo(bmc.Kind, bmc.Host, bmc.Port, bmc.User) : null,
        stored.Node.Disk == DiskHint.Only ? null : new DiskHintInfo(stored.Node.Disk.Path, stored.Node.Disk.Serial, stored.Node.Disk.Wwn, stored.Node.Disk.MinimumBytes),
        machine?.Inventory is { } inventory ? ToContract(inventory) : null,
        ToContract(session),
        busy is not null && busy.Kind != OperationKind.Broadcast ? busy.Deployment : stored.Deployment,
        machine?.SeenAt,
        stored.Node.Attributes.Count == 0 ? null : stored.Node.Attributes);

    public static NodeInfo ToContract(Machine waiting, AgentSession? session) => new(
        MacAddress.AsName(waiting.Mac),
        Contract.Nodes.NodeState.Unknown,
        [waiting.Mac],
        "",
        Accepted: false,
        waiting.Address,
        Inventory: waiting.Inventory is { } inventory ? ToContract(inventory) : null,
        Agent: ToContract(session),
        SeenAt: waiting.SeenAt);

    public static BmcAddress ToDomain(BmcCredentials bmc) => new(bmc.Kind, bmc.Host, bmc.Port, bmc.User);

    public static DiskHint ToDomain(DiskHintInfo? disk) =>
        disk is null ? DiskHint.Only : new DiskHint(Blank(disk.Path), Blank(disk.Serial), Blank(disk.Wwn), disk.MinimumBytes);

    public static EnvironmentInfo ToContract(RegisteredEnvironment environment)
    {
        var it = environment.Deployable;
        return new EnvironmentInfo(
            it.Id,
            it.Name,
            it.Version,
            it.Owner,
            environment.Description,
            environment.Visibility,
            environment.Os,
            new ImageInfo(
                it.Image.File,
                it.Image.Kind switch
                {
                    Kadeploy.Deployments.Environments.ImageKind.Tar => ImageKind.Tar,
                    Kadeploy.Deployments.Environments.ImageKind.Dd => ImageKind.Dd,
                    _ => ImageKind.Fsa,
                },
                it.Image.Compression,
                it.Image.Bytes,
                it.Image.Sha256),
            [.. it.Postinstalls.Select(ToContract)],
            environment.CreatedAt,
            environment.Warnings)
        {
            Filesystem = Blank(it.FileSystem),
            Boot = it.Kernel.Length == 0 ? null : new BootInfo(it.Kernel, Blank(it.Initrd), Blank(it.KernelParameters)),
            Author = Blank(environment.Author),
            Architecture = Blank(environment.Architecture),
            Tags = environment.Tags,
            Destructive = environment.Kadeploy3.Destructive,
            Preinstall = it.Preinstall is { } preinstall ? ToContract(preinstall) : null,
            NotDeployable = environment.NotDeployable,
            SignedBy = environment.Signature?.Signer,
        };
    }

    private static PostinstallInfo ToContract(Kadeploy.Deployments.Environments.Postinstall p) =>
        new(p.Script, Blank(p.Archive), p.Archive.Length == 0 ? null : p.Compression);

    private static Contract.Nodes.Inventory ToContract(Nodes.Inventory inventory) => new(
        inventory.Vendor,
        inventory.Product,
        inventory.Serial,
        inventory.Uuid,
        inventory.Firmware,
        inventory.MemoryBytes,
        inventory.CpuModel,
        inventory.CpuThreads,
        inventory.Kernel,
        [.. inventory.Disks.Select(d => new Contract.Nodes.InventoryDisk(
            d.Path, d.SizeBytes, d.Model, d.Serial, d.Wwn, d.Transport, d.Rotational, d.Removable, d.ReadOnly, d.SectorBytes, d.Links))],
        [.. inventory.Interfaces.Select(i => new Contract.Nodes.InventoryInterface(i.Name, i.Mac, i.Driver, i.Link, i.SpeedMbit, i.Addresses, Blank(i.Switch), Blank(i.SwitchPort)))]);

    private static AgentInfo? ToContract(AgentSession? session) =>
        session is null ? null
        : new AgentInfo(true, session.BootId, session.Since, session.Memory?.ResidentBytes, session.Memory?.PeakBytes, session.Identity.OnHost ? true : null);

    private static string? Blank(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
