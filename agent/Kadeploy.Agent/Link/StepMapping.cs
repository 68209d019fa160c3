using Grpc.Net.Client;
using Kadeploy.Agent.Disks;
using Kadeploy.Agent.Steps;
using Kadeploy.Agent.Transfers;
using Kadeploy.Protocol.V1;
using DiskSelector = Kadeploy.Agent.Disks.DiskSelector;
using PartitionRole = Kadeploy.Agent.Disks.PartitionRole;
using WireRole = Kadeploy.Protocol.V1.PartitionRole;
using WireSelector = Kadeploy.Protocol.V1.DiskSelector;

namespace Kadeploy.Agent.Link;

/// <summary>The border between agent.proto's RunStep and this agent's steps.</summary>
/// <param name="key">The controller's, which signs manifests.</param>
/// <param name="hostFolder">On an installed host the folder that files may be written to, and nothing else is done there; null in the deployment environment.</param>
internal sealed class StepMapping(Workshop workshop, TransferHost transfers, Action<TransferSnapshot> tellTransfer, PinnedKey key, string? hostFolder = null)
{
    private readonly ImageSinks _sinks = new(workshop, new Landing(hostFolder));

    private const UnixFileMode AllModes = (UnixFileMode)0xfff;

    /// <summary>Null for a kind of step that this agent does not know (a newer controller's).</summary>
    /// <param name="node">This machine's name.</param>
    public StepOrder? Order(RunStep run, string node)
    {
        var deadline = TimeSpan.FromSeconds(run.DeadlineSeconds);
        return Step(run, node, deadline) is { } step ? new StepOrder(run.StepId, deadline, step) : null;
    }

    /// <summary>A newer plan of a running transfer.</summary>
    public void Replan(PlanChange change)
    {
        if (Guid.TryParse(change.TransferId, out var transfer) && change.Epoch <= int.MaxValue && change.Excluded.All(index => index <= int.MaxValue))
            transfers.Replan(transfer, (int)change.Epoch, [.. change.Excluded.Select(index => (int)index)]);
        else
            Log.Line($"transfer {change.TransferId}: a newer plan that is none");
    }

    private IStep? Step(RunStep run, string node, TimeSpan deadline) => run.StepCase switch
    {
        not RunStep.StepOneofCase.Receive when hostFolder is not null => new RefusedStep(run.StepCase.ToString()),
        RunStep.StepOneofCase.Receive when hostFolder is not null && run.Receive.Sink?.KindCase == Sink.KindOneofCase.Block => new RefusedStep("writing a disk"),
        RunStep.StepOneofCase.Receive when hostFolder is not null && run.Receive.Sink is { Tar.Path: "" } => new RefusedStep("extracting a system"),
        RunStep.StepOneofCase.Partition => new PartitionStep(
            workshop, Selector(run.Partition.Disk), run.Partition.Table, [.. run.Partition.Partitions.Select(Request)]),
        RunStep.StepOneofCase.Format => new FormatStep(
            workshop, Selector(run.Format.Disk), run.Format.Partition, run.Format.Kind, run.Format.Label, [.. run.Format.Options]),
        RunStep.StepOneofCase.Mount => new MountStep(workshop, Selector(run.Mount.Disk), run.Mount.Partition, run.Mount.Kind),
        RunStep.StepOneofCase.Unmount => new UnmountStep(workshop),
        RunStep.StepOneofCase.Receive => new ReceiveStep(
            _sinks, transfers, tellTransfer, node, () => TransferMapping.Plan(run.Receive.Plan, key.PublicKey), TransferMapping.Target(run.Receive.Sink)),
        RunStep.StepOneofCase.Configure => new ConfigureStep(
            workshop, run.Configure.Hostname, run.Configure.Domain, [.. run.Configure.AuthorizedKeys], [.. run.Configure.Files.Select(File)],
            run.Configure.WriteFstab, run.Configure.HostKeys),
        RunStep.StepOneofCase.Script => new ScriptStep(workshop, new ScriptRequest(
            run.Script.Name, run.Script.Archive.Memory, run.Script.Compression, run.Script.Script,
            new Dictionary<string, string>(run.Script.Environment), run.Script.Chroot, deadline)),
        RunStep.StepOneofCase.BootLoader => new BootLoaderStep(
            workshop, run.BootLoader.Kernel, run.BootLoader.Initrd, run.BootLoader.KernelParameters),
        RunStep.StepOneofCase.Sync => new SyncStep(),
        RunStep.StepOneofCase.Reboot => new RebootStep(workshop),
        RunStep.StepOneofCase.Kexec => new KexecStep(
            workshop, Selector(run.Kexec.Disk), run.Kexec.RootPartition, run.Kexec.Kernel, run.Kexec.Initrd, run.Kexec.KernelParameters),
        RunStep.StepOneofCase.CheckFiles => new CheckFilesStep(workshop, [.. run.CheckFiles.Paths]),
        RunStep.StepOneofCase.AuthorizeKeys => new AuthorizeKeysStep(workshop, [.. run.AuthorizeKeys.AuthorizedKeys]),
        RunStep.StepOneofCase.Execute => new ExecuteStep(workshop.Runner, run.Execute.Command, deadline),
        _ => null,
    };

    internal static DiskSelector Selector(WireSelector? selector) =>
        selector is null ? new DiskSelector() : new DiskSelector(selector.Path, selector.Serial, selector.Wwn, selector.MinimumBytes);

    private static PartitionRequest Request(Partition partition) => new(
        partition.Number,
        partition.Role switch
        {
            WireRole.BiosBoot => PartitionRole.BiosBoot,
            WireRole.Esp => PartitionRole.Esp,
            WireRole.Swap => PartitionRole.Swap,
            WireRole.Root => PartitionRole.Root,
            _ => PartitionRole.Data,
        },
        partition.SizeBytes, partition.Label, partition.Type);

    private static Steps.FileToWrite File(Protocol.V1.FileToWrite file) =>
        new(file.Path, file.Mode == 0 ? Target.TargetFiles.Readable : (UnixFileMode)file.Mode & AllModes, file.Content.Memory);
}
