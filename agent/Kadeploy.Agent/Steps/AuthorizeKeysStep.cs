using Kadeploy.Agent.Target;

namespace Kadeploy.Agent.Steps;

/// <summary>Lets people with these keys into the deployment environment (if it has an SSH server).</summary>
internal sealed class AuthorizeKeysStep(Workshop workshop, IReadOnlyList<string> keys) : IStep
{
    public string Title => $"authorize {keys.Count} keys";

    public Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        AuthorizedKeys.Add(new TargetFiles(new TargetPath(workshop.RootHome)), "/.ssh", keys);
        return Task.FromResult<StepOutcome>(StepDone.Plain);
    }
}
