using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Steps;

/// <summary>Restarts the machine once the controller has the result.</summary>
internal sealed class RebootStep(Workshop workshop) : IStep
{
    public string Title => "reboot";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        progress("unmount and sync");
        if (await workshop.Target.UnmountAsync(cancellation) is { } busy)
            return busy;
        return new StepDone(new Dictionary<string, string> { ["boot-id"] = workshop.BootId }, () =>
        {
            Log.Line("rebooting");
            FileSystems.Sync();
            workshop.Restart();
        });
    }
}
