using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Steps;

/// <summary>Waits until every file system and disk was written out.</summary>
internal sealed class SyncStep : IStep
{
    public string Title => "sync";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        progress("sync");
        // It blocks for as long as the disk takes: on a thread of its own.
        await Task.Factory.StartNew(FileSystems.Sync, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return StepDone.Plain;
    }
}
