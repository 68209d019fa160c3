namespace Kadeploy.Agent.Steps;

/// <summary>What an agent on an installed host does not do, whoever asks.</summary>
internal sealed class RefusedStep(string what) : IStep
{
    public string Title => $"refuse {what}";

    public Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation) => Task.FromResult<StepOutcome>(
        new StepFailed(Party.Agent, "not-on-a-host", $"this agent runs on an installed host: it receives files and does nothing else, not {what}"));
}
