using Kadeploy.Agent.Inventory;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Agent.Link;

/// <summary>The border between this agent's description of itself and agent.proto's Hello and Heartbeat.</summary>
internal static class HelloMapping
{
    private const uint ProtocolVersion = 1;

    public static AgentMessage Hello(AgentIdentity agent, string secret, IReadOnlyList<string> running)
    {
        var hello = new Hello
        {
            Protocol = ProtocolVersion,
            AgentVersion = AgentIdentity.Version,
            BootId = agent.BootId,
            Token = agent.Token,
            Mac = agent.Mac,
            ChainPort = (uint)agent.ChainPort,
            SessionSecret = secret,
            Inventory = Of(agent.Describe()),
        };
        hello.RunningStepIds.AddRange(running);
        return new AgentMessage { Hello = hello };
    }

    public static AgentMessage Heartbeat(ProcessMemory memory) =>
        new() { Heartbeat = new() { ResidentBytes = memory.Resident, PeakResidentBytes = memory.Peak } };

    public static Protocol.V1.Inventory Of(MachineDescription machine)
    {
        var inventory = new Protocol.V1.Inventory
        {
            Hostname = machine.HostName,
            Vendor = machine.Vendor,
            Product = machine.Product,
            Serial = machine.Serial,
            Uuid = machine.Uuid,
            Firmware = machine.Firmware,
            MemoryBytes = machine.MemoryBytes,
            CpuModel = machine.CpuModel,
            CpuThreads = machine.CpuThreads,
            Kernel = machine.Kernel,
        };
        inventory.Disks.AddRange(machine.Disks.Select(Of));
        inventory.Interfaces.AddRange(machine.Interfaces.Select(Of));
        return inventory;
    }

    private static Disk Of(BlockDevice disk)
    {
        var message = new Disk
        {
            Name = disk.Name,
            Path = disk.Path,
            SizeBytes = disk.SizeBytes,
            LogicalSectorBytes = disk.SectorBytes,
            Model = disk.Model,
            Serial = disk.Serial,
            Wwn = disk.Wwn,
            Rotational = disk.Rotational,
            Removable = disk.Removable,
            ReadOnly = disk.ReadOnly,
            Transport = disk.Transport,
        };
        message.Links.AddRange(disk.Links);
        return message;
    }

    private static NetworkInterface Of(NetworkCard card)
    {
        var message = new NetworkInterface
        {
            Name = card.Name,
            Mac = card.Mac,
            Driver = card.Driver,
            Link = card.Link,
            SpeedMbit = card.SpeedMbit,
            Switch = card.Uplink?.Switch ?? "",
            SwitchPort = card.Uplink?.Port ?? "",
        };
        message.Addresses.AddRange(card.Addresses);
        return message;
    }
}
