using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Processes;
using Kadeploy.Agent.Steps;
using Kadeploy.Transfer;
using Party = Kadeploy.Agent.Steps.Party;

namespace Kadeploy.Agent.Transfers;

/// <summary>
/// Opens what an image is written to: the mounted root, a folder, a partition, a disk, a file. A disk whose table has been overwritten is looked at
/// again by the kernel at the end; a file gets its name at the end, so that nobody finds half of one.
/// </summary>
internal sealed class ImageSinks(Workshop workshop, Landing landing)
{
    private static readonly TimeSpan RereadDeadline = TimeSpan.FromSeconds(30);

    /// <param name="target">Where to.</param>
    /// <param name="transfer">Names what is not complete yet.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Result<OpenedSink>> OpenAsync(ImageTarget target, Guid transfer, CancellationToken cancellation)
    {
        switch (target)
        {
            case ImageTarget.Tree { Compression: { } compression, Folder: "" }:
                if (workshop.MountedTarget().Failed(out var unmounted, out _))
                    return unmounted;
                return new OpenedSink(new TarSink(workshop.Target.Folder, compression), []);
            case ImageTarget.Tree { Compression: { } compression } tree:
                if (landing.Prepare(tree.Folder, directory: true).Failed(out var forbidden, out var folder))
                    return forbidden;
                return new OpenedSink(new TarSink(folder, compression), []);
            case ImageTarget.Device { Compression: { } compression } device:
                return await DeviceAsync(device, compression, cancellation);
            case ImageTarget.File file:
                return landing.Prepare(file.Path, directory: false).Failed(out forbidden, out var path) ? forbidden : File(path, transfer);
            default:
                return new StepFailed(Party.Agent, "unknown-sink", $"agent cannot do {target}; is its initramfs older than the controller?");
        }
    }

    private static OpenedSink File(string path, Guid transfer)
    {
        if (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
            return new OpenedSink(new FileSink(path), []);
        var folder = Path.GetDirectoryName(path)!;
        var part = Path.Combine(folder, $".{transfer:N}.part");
        return new OpenedSink(new FileSink(part), [], _ => Task.FromResult(Attempt(() => System.IO.File.Move(part, path, overwrite: true))),
            () => Attempt(() => System.IO.File.Delete(part)));
    }

    private async Task<Result<OpenedSink>> DeviceAsync(ImageTarget.Device device, Compression compression, CancellationToken cancellation)
    {
        // The file system that is overwritten must not be mounted at the same time.
        if (await workshop.Target.UnmountAsync(cancellation) is { } busy)
            return busy;
        if ((await FindAsync(device, cancellation)).Failed(out var missing, out var found))
            return missing;
        var sink = DecompressedSink.Create(found.Path, compression);
        return device.Partition > 0
            ? new OpenedSink(sink, DiskFacts.Of(found.Disk))
            : new OpenedSink(sink, DiskFacts.Of(found.Disk), async stop =>
            {
                // The kernel refuses while anyone has the disk open for writing.
                sink.Dispose();
                var result = await workshop.Runner.RunAsync(new ProcessRequest(Tools.Partx, ["--update", found.Path], RereadDeadline), stop);
                // An image without a partition table is a whole-disk file system; partx has nothing to do there and says so.
                Log.Line($"partx: {result.Describe()}");
                return null;
            }, () => { });
    }

    private async Task<Result<(BlockDevice Disk, string Path)>> FindAsync(ImageTarget.Device device, CancellationToken cancellation)
    {
        if (device.Partition > 0)
            return await workshop.PartitionAsync(device.Disk, device.Partition, cancellation);
        return (await workshop.Disks.FindAsync(device.Disk, cancellation)).Failed(out var failure, out var disk) ? failure : (disk, disk.Path);
    }

    private static StepFailed? Attempt(Action work)
    {
        try
        {
            work();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new StepFailed(Party.Disk, "write-failed", e.Message);
        }
    }
}
