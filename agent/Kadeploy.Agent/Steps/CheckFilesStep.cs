namespace Kadeploy.Agent.Steps;

/// <summary>Checks that the image brought the files that a later step needs, links followed as in a chroot.</summary>
internal sealed class CheckFilesStep(Workshop workshop, IReadOnlyList<string> paths) : IStep
{
    public string Title => $"check {string.Join(' ', paths)}";

    public Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        if (workshop.MountedTarget().Failed(out var failure, out _))
            return Task.FromResult<StepOutcome>(failure);
        var missing = paths.Where(path => !workshop.Target.Paths.Exists(path)).ToList();
        return Task.FromResult<StepOutcome>(missing.Count == 0
            ? StepDone.Plain
            : new StepFailed(Party.Image, "file-missing", $"the installed system has no {string.Join(", no ", missing)}"));
    }
}
