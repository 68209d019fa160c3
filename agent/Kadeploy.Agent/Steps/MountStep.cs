using Kadeploy.Agent.Disks;

namespace Kadeploy.Agent.Steps;

/// <summary>Mounts the installed system's root file system; mounted already is done.</summary>
internal sealed class MountStep(Workshop workshop, DiskSelector selector, uint partition, string kind) : IStep
{
    public string Title => $"mount partition {partition} of {selector}";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        if ((await workshop.PartitionAsync(selector, partition, cancellation)).Failed(out var failure, out var found))
            return failure;
        if (await workshop.Blkid.ProbeAsync(found.Device, cancellation) is not { Kind.Length: > 0 } signature)
            return new StepFailed(Party.Disk, "no-file-system", $"blkid knows nothing on {found.Device}");
        if (workshop.Target.Mounted?.Device != found.Device)
        {
            if (await workshop.Target.UnmountAsync(cancellation) is { } busy)
                return busy;
            var actual = kind.Length > 0 ? kind : signature.Kind;
            progress($"mount {found.Device}");
            if (workshop.Target.Mount(found.Disk, partition, found.Device, actual) is { } unmounted)
                return unmounted;
        }
        var facts = DiskFacts.Of(found.Disk);
        facts["root-uuid"] = signature.Uuid;
        return new StepDone(facts);
    }
}
