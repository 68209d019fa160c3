namespace Kadeploy.Agent.Steps;

/// <summary>Writes the installed system out and unmounts it.</summary>
internal sealed class UnmountStep(Workshop workshop) : IStep
{
    public string Title => "unmount";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        progress($"unmount {workshop.Target.Folder}");
        return await workshop.Target.UnmountAsync(cancellation) is { } busy ? busy : StepDone.Plain;
    }
}
