using Google.Protobuf;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Drivers;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Trust;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;
using Wire = Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Agents;

/// <summary>
/// The border between the domain and the agents' protocol: every translation is here. What comes from an agent is bounded on the way in,
/// for it may be anyone's machine.
/// </summary>
internal static class AgentMapping
{
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<Transfer.TransferPlan, Wire.TransferPlan> Plans = [];

    private const int MostItems = 256;
    private const int LongestText = 256;
    private const int LongestFact = 4096;
    private const int LongestOutput = 64 * 1024 + 3;

    public static Inventory ToDomain(Wire.Inventory inventory) => new(
        Short(inventory.Hostname),
        Short(inventory.Vendor),
        Short(inventory.Product),
        Short(inventory.Serial),
        Short(inventory.Uuid),
        inventory.Firmware is "bios" or "uefi" ? inventory.Firmware : "",
        (long)inventory.MemoryBytes,
        Short(inventory.CpuModel),
        (int)Math.Min(inventory.CpuThreads, int.MaxValue),
        Short(inventory.Kernel),
        [.. inventory.Disks.Take(MostItems).Select(d => new InventoryDisk(
            Short(d.Name), Short(d.Path), (long)d.SizeBytes, Short(d.Model), Short(d.Serial), Short(d.Wwn), d.Rotational, d.Removable, d.ReadOnly,
            Short(d.Transport), (int)d.LogicalSectorBytes, [.. d.Links.Take(MostItems).Select(Short)]))],
        [.. inventory.Interfaces.Take(MostItems).Select(i => new InventoryInterface(
            Short(i.Name), Short(i.Mac), Short(i.Driver), i.Link, (long)i.SpeedMbit, [.. i.Addresses.Take(MostItems).Select(Short)], Short(i.Switch), Short(i.SwitchPort)))]);

    public static AgentMemory ToMemory(Wire.Heartbeat heartbeat) => new((long)heartbeat.ResidentBytes, (long)heartbeat.PeakResidentBytes);

    public static (string Address, string Reason, uint Count) ToDomain(Wire.Stranger stranger) => (Short(stranger.Address), ReasonOf(stranger.Reason), stranger.Count);

    public static Outcome ToDomain(Wire.StepResult result) => result.OutcomeCase switch
    {
        Wire.StepResult.OutcomeOneofCase.Done => new Outcome.Done(
            result.Done.Facts.Take(MostItems).Where(f => f.Key.Length <= LongestText).ToDictionary(f => f.Key, f => Cut(f.Value, f.Key is FactNames.Output or FactNames.Error ? LongestOutput : LongestFact))),
        Wire.StepResult.OutcomeOneofCase.Failed => new Outcome.Failed(
            PartyOf(result.Failed.Party), ReasonOf(result.Failed.Reason), Cut(result.Failed.Detail, LongestFact)),
        _ => new Outcome.Failed(Party.Agent, "agent-protocol", $"the agent's result of step {result.StepId} has no outcome"),
    };

    public static TransferSighting ToDomain(Wire.TransferEvent transfer) => new(
        (long)transfer.Received,
        (long)transfer.Verified,
        (long)transfer.Written,
        (long)transfer.Total,
        (long)transfer.BytesPerSecond,
        (long)transfer.Buffered,
        Short(transfer.Predecessor),
        Short(transfer.Successor),
        [.. transfer.Verdicts.Take(MostItems).Select(Short)]);

    /// <param name="stepId">Names the step.</param>
    /// <param name="order">What is to be done.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="identity">Signs what agents are to believe.</param>
    public static Wire.RunStep ToWire(string stepId, AgentOrder order, TimeSpan deadline, ControllerIdentity identity)
    {
        var run = new Wire.RunStep { StepId = stepId, DeadlineSeconds = (uint)Math.Clamp(Math.Ceiling(deadline.TotalSeconds), 1, uint.MaxValue) };
        switch (order)
        {
            case AgentOrder.PartitionDisk it:
                run.Partition = new Wire.PartitionDisk { Disk = ToWire(it.Disk), Table = it.Layout.Table, Partitions = { Partitions(it.Layout) } };
                break;
            case AgentOrder.MakeFileSystem it:
                run.Format = new Wire.MakeFileSystem { Disk = ToWire(it.Disk), Partition = (uint)it.Partition, Kind = it.Kind, Label = it.Label };
                break;
            case AgentOrder.Mount it:
                run.Mount = new Wire.Mount { Disk = ToWire(it.Disk), Partition = (uint)it.Partition, Kind = it.Kind };
                break;
            case AgentOrder.Unmount:
                run.Unmount = new Wire.Unmount();
                break;
            case AgentOrder.ReceiveImage it:
                run.Receive = new Wire.ReceiveImage { Plan = ToWire(it.Plan, identity), Sink = Sink(it) };
                break;
            case AgentOrder.ReceiveFile it:
                run.Receive = new Wire.ReceiveImage
                {
                    Plan = ToWire(it.Plan, identity),
                    Sink = it.Unpack
                        ? new Wire.Sink { Tar = new Wire.TarSink { Path = it.Path }, Compression = it.Compression }
                        : new Wire.Sink { File = new Wire.FileSink { Path = it.Path } },
                };
                break;
            case AgentOrder.Configure it:
                run.Configure = new Wire.Configure
                {
                    Hostname = it.Hostname,
                    Domain = it.Domain,
                    AuthorizedKeys = { it.AuthorizedKeys },
                    Files = { it.Files.Select(f => new Wire.FileToWrite { Path = f.Key, Mode = 0x180 /* 0600 */, Content = ByteString.CopyFromUtf8(f.Value) }) },
                    WriteFstab = true,
                    HostKeys = true,
                };
                break;
            case AgentOrder.RunScript it:
                run.Script = new Wire.RunScript
                {
                    Name = it.Name,
                    Archive = ByteString.CopyFrom(it.Archive.Span),
                    Compression = it.Compression,
                    Script = it.Text,
                    Environment = { it.Environment.ToDictionary() },
                };
                break;
            case AgentOrder.CheckFiles it:
                run.CheckFiles = new Wire.CheckFiles { Paths = { it.Paths } };
                break;
            case AgentOrder.InstallBootLoader it:
                run.BootLoader = new Wire.InstallBootLoader
                {
                    Disk = ToWire(it.Disk),
                    RootPartition = (uint)it.RootPartition,
                    Kernel = it.Kernel,
                    Initrd = it.Initrd,
                    KernelParameters = it.Parameters,
                };
                break;
            case AgentOrder.Sync:
                run.Sync = new Wire.Sync();
                break;
            case AgentOrder.Reboot:
                run.Reboot = new Wire.Reboot();
                break;
            case AgentOrder.Kexec it:
                run.Kexec = new Wire.Kexec
                {
                    Kernel = it.Kernel,
                    Initrd = it.Initrd,
                    KernelParameters = it.Parameters,
                    Disk = ToWire(it.Disk),
                    RootPartition = (uint)it.RootPartition,
                };
                break;
            case AgentOrder.AuthorizeKeys it:
                run.AuthorizeKeys = new Wire.AuthorizeKeys { AuthorizedKeys = { it.Keys } };
                break;
            case AgentOrder.Execute it:
                run.Execute = new Wire.Execute { Command = it.Command };
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(order));
        }
        return run;
    }

    /// <summary>A plan for agents: one message for all of them, which nobody may change. Each names as many members as there are agents.</summary>
    public static Wire.TransferPlan ToWire(Transfer.TransferPlan plan, ControllerIdentity identity) => Plans.GetValue(plan, it => Make(it, identity));

    /// <summary>What a newer plan says that the first one did not.</summary>
    public static Wire.PlanChange ToChange(Transfer.TransferPlan plan) => new()
    {
        TransferId = plan.TransferId.ToString("D"),
        Epoch = (ulong)plan.Epoch,
        Excluded = { plan.Dead.Order().Select(index => (uint)index) },
    };

    private static Wire.TransferPlan Make(Transfer.TransferPlan plan, ControllerIdentity identity) => new()
    {
        TransferId = plan.TransferId.ToString("D"),
        Epoch = (ulong)plan.Epoch,
        Packed = ByteString.CopyFrom(plan.Pack()),
        ManifestSignature = ByteString.CopyFrom(identity.Sign(Transfer.ManifestSeal.Message(plan.TransferId, plan.Manifest.ToBytes()))),
    };

    private static Wire.Sink Sink(AgentOrder.ReceiveImage receive)
    {
        var sink = new Wire.Sink { Compression = receive.Image.Compression };
        if (receive.Image.Kind == ImageKind.Tar)
            sink.Tar = new Wire.TarSink();
        else
            sink.Block = new Wire.BlockSink { Disk = ToWire(receive.Disk), Partition = (uint)receive.Partition };
        return sink;
    }

    private static Wire.DiskSelector ToWire(DiskHint hint) => new()
    {
        Path = hint.Path ?? "",
        Serial = hint.Serial ?? "",
        Wwn = hint.Wwn ?? "",
        MinimumBytes = (ulong)hint.MinimumBytes,
    };

    // The agent leaves out what its firmware has no use for, so that one layout serves a cluster of both kinds.
    private static IEnumerable<Wire.Partition> Partitions(DiskLayout layout)
    {
        if (layout.Table == "gpt")
            yield return Partition(DiskLayout.FirmwarePartition, Wire.PartitionRole.BiosBoot, layout.BiosBootBytes, "bios");
        yield return Partition(DiskLayout.FirmwarePartition, Wire.PartitionRole.Esp, layout.EspBytes, "esp");
        if (layout.SwapBytes > 0)
            yield return Partition(DiskLayout.SwapPartition, Wire.PartitionRole.Swap, layout.SwapBytes, "swap");
        yield return Partition(DiskLayout.RootPartition, Wire.PartitionRole.Root, 0, "root");
    }

    private static Wire.Partition Partition(int number, Wire.PartitionRole role, long bytes, string label) =>
        new() { Number = (uint)number, Role = role, SizeBytes = (ulong)bytes, Label = label };

    private static Party PartyOf(string party) => party switch
    {
        "disk" => Party.Disk,
        "image" => Party.Image,
        "predecessor" or "successor" => Party.Peer,
        "controller" => Party.Controller,
        "user-script" => Party.Script,
        "user" => Party.User,
        "network" => Party.Network,
        _ => Party.Agent,
    };

    private static string ReasonOf(string reason) =>
        reason.Length is > 0 and <= 64 && reason.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') ? reason : "agent-failed";

    private static string Short(string text) => Cut(text, LongestText);

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..most];
}
