using Kadeploy.Agent.Processes;
using Kadeploy.Agent.Transfers;
using Kadeploy.Transfer;

namespace Kadeploy.Agent.Steps;

/// <summary>
/// Takes this node's place in the chain: (1) the plan, (2) the sink, (3) receive, verify, relay and write, (4) facts. A disk whose table has
/// been overwritten is looked at again by the kernel at the end.
/// </summary>
/// <param name="node">This machine's name in the plan.</param>
/// <param name="readPlan">Made late: a plan that cannot be read is this step's failure.</param>
internal sealed class ReceiveStep(
    Workshop workshop, TransferHost transfers, Action<TransferSnapshot> tell, string node, Func<Result<TransferPlan>> readPlan, ImageTarget target) : IStep
{
    private static readonly TimeSpan RereadDeadline = TimeSpan.FromSeconds(30);

    // Several reports a second where the plan says less: a person watches them.
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(400);

    public string Title => "receive the image";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        // 1
        if (readPlan().Failed(out var failure, out var plan))
            return failure;
        if (transfers.Listener is not { } listener)
            return new StepFailed(Party.Agent, "no-chain-port", "this agent could not open its port for the chain when it started");
        if (plan.Tunables.ProgressInterval > ReportInterval)
            plan = plan with { Tunables = plan.Tunables with { ProgressInterval = ReportInterval } };
        // 2
        if ((await SinkAsync(cancellation)).Failed(out failure, out var opened))
            return failure;
        using var sink = opened;
        // 3
        progress("receive", 0, (ulong)plan.Manifest.Length);
        var hop = new ChainHop(listener, plan, node, sink, new TransferReporter(plan, tell, progress));
        var result = await transfers.RunAsync(plan.TransferId, hop, cancellation);
        if (result.Failure is { } broken)
        {
            cancellation.ThrowIfCancellationRequested();
            return new StepFailed(PartyOf(broken.Party), broken.Reason, broken.Detail);
        }
        if (target is ImageTarget.Device { Partition: 0 } && await RereadAsync(sink, cancellation) is { } unread)
            return unread;
        // 4
        return new StepDone(new Dictionary<string, string>
        {
            ["image-sha256"] = result.Sha256,
            ["bytes-verified"] = $"{result.BytesVerified}",
            ["bytes-written"] = $"{result.BytesWritten}",
            ["refetched"] = $"{result.Refetched.Length}",
        });
    }

    private async Task<Result<ISink>> SinkAsync(CancellationToken cancellation)
    {
        switch (target)
        {
            case ImageTarget.Tree { Compression: { } compression }:
                if (workshop.MountedTarget().Failed(out var unmounted, out _))
                    return unmounted;
                return new TarSink(workshop.Target.Folder, compression);
            case ImageTarget.Device { Compression: { } compression } device:
                // The file system that is overwritten must not be mounted at the same time.
                if (await workshop.Target.UnmountAsync(cancellation) is { } busy)
                    return busy;
                if ((await DeviceAsync(device, cancellation)).Failed(out var missing, out var path))
                    return missing;
                return ResultOf.Value(DecompressedSink.Create(path, compression));
            case ImageTarget.File file:
                return new FileSink(file.Path);
            default:
                return new StepFailed(Party.Agent, "unknown-sink", $"agent cannot do {target}; is its initramfs older than the controller?");
        }
    }

    private async Task<Result<string>> DeviceAsync(ImageTarget.Device device, CancellationToken cancellation)
    {
        if (device.Partition == 0)
            return (await workshop.Disks.FindAsync(device.Disk, cancellation)).Failed(out var failure, out var disk) ? failure : disk.Path;
        return (await workshop.PartitionAsync(device.Disk, device.Partition, cancellation)).Failed(out var missing, out var found)
            ? missing : found.Device;
    }

    private async Task<StepFailed?> RereadAsync(ISink sink, CancellationToken cancellation)
    {
        // The kernel refuses while anyone has the disk open for writing.
        sink.Dispose();
        if ((await DeviceAsync((ImageTarget.Device)target, cancellation)).Failed(out var failure, out var path))
            return failure;
        var result = await workshop.Runner.RunAsync(new ProcessRequest(Tools.Partx, ["--update", path], RereadDeadline), cancellation);
        // An image without a partition table is a whole-disk file system; partx has nothing to do there and says so.
        Log.Line($"partx: {result.Describe()}");
        return null;
    }

    private static string PartyOf(Kadeploy.Transfer.Party party) => party switch
    {
        Kadeploy.Transfer.Party.Predecessor => "predecessor",
        Kadeploy.Transfer.Party.Successor => "successor",
        Kadeploy.Transfer.Party.Head or Kadeploy.Transfer.Party.Controller => Party.Controller,
        Kadeploy.Transfer.Party.Sink => Party.Disk,
        _ => Party.Agent,
    };
}
