using System.Globalization;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>The failures that the engine itself finds.</summary>
internal static class Failures
{
    /// <summary>A node was not reported in time.</summary>
    /// <param name="draft">The plan.</param>
    /// <param name="step">The step.</param>
    /// <param name="wave">The node's wave.</param>
    /// <param name="lastSeen">What was last seen of the node, or null.</param>
    public static Outcome.Failed Late(Draft draft, RunningStep step, Wave wave, string? lastSeen)
    {
        var (macro, _, micro) = draft.PlanAt(step.Position);
        var seconds = (wave.Deadline - wave.BegunAt).TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
        return new(
            StepCatalogue.SilentParty(macro.Name, micro.Name),
            "deadline",
            $"{micro.Name} was not finished within {seconds} s; {(lastSeen is null ? "nothing was heard of it during this step" : $"last seen: {lastSeen}")}");
    }

    /// <summary>The instance's time was over before the step began.</summary>
    public static Outcome.Failed NoTimeLeft(Draft draft, RunningStep step, StepInstance instance)
    {
        var (macro, _, micro) = draft.PlanAt(step.Position);
        return new(
            StepCatalogue.SilentParty(macro.Name, micro.Name), "deadline", $"no time was left for {micro.Name}: {instance.Type} may take {instance.Timeout}");
    }

    /// <summary>A driver's call came to an end without a word about a node.</summary>
    /// <param name="error">The exception's text, or null.</param>
    public static Outcome.Failed Returned(string? error) => error is null
        ? new(Party.Controller, "no-report", "the driver ended without saying what became of this node; this is a fault of the controller")
        : new(Party.Controller, "internal-error", error);
}
