using Kadeploy.Agent.Disks;

namespace Kadeploy.Agent.Steps;

/// <summary>Makes a file system, or swap space, on a partition.</summary>
internal sealed class FormatStep(
    Workshop workshop, DiskSelector selector, uint partition, string kind, string label, IReadOnlyList<string> options) : IStep
{
    public string Title => $"format partition {partition} of {selector} as {kind}";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        if ((await workshop.PartitionAsync(selector, partition, cancellation)).Failed(out var failure, out var found))
            return failure;
        if (workshop.Target.Mounted?.Device == found.Device && await workshop.Target.UnmountAsync(cancellation) is { } busy)
            return busy;
        progress($"{(kind == "swap" ? "mkswap" : $"mkfs.{kind}")} {found.Device}");
        if (await workshop.FileSystems.RunAsync(found.Device, kind, label, options, cancellation) is { } unformatted)
            return unformatted;
        var facts = DiskFacts.Of(found.Disk);
        if (await workshop.Blkid.ProbeAsync(found.Device, cancellation) is { } signature)
            facts[kind == "swap" ? "swap-uuid" : "uuid"] = signature.Uuid;
        return new StepDone(facts);
    }
}
