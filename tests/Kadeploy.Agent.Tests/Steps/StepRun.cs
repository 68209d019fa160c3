using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Tests.Steps;

/// <summary>Runs a step and expects one of its two ends.</summary>
internal static class StepRun
{
    public static async Task<StepDone> DoneAsync(this IStep step)
    {
        var outcome = await step.RunAsync((_, _, _) => { }, default);
        return outcome is StepDone done ? done : throw new Xunit.Sdk.XunitException($"{step.Title}: {outcome}");
    }

    public static async Task<StepFailed> FailsAsync(this IStep step) => Assert.IsType<StepFailed>(await step.RunAsync((_, _, _) => { }, default));
}
