namespace Kadeploy.Deployments.Plans;

/// <summary>A custom operation and its place in a plan.</summary>
/// <param name="Stage">A macro-step, for all its instances, or one instance.</param>
/// <param name="MicroStep">The micro-step; where that is left out, the operation is too.</param>
/// <param name="When">Before, after or instead of it.</param>
/// <param name="Operation">What is done.</param>
public sealed record PlacedOperation(string Stage, string MicroStep, Placement When, CustomOperation Operation)
{
    /// <summary>Whether it belongs to a step.</summary>
    public bool Fits(string macroStep, string instance, string microStep) => MicroStep == microStep && (Stage == macroStep || Stage == instance);

    /// <summary>What is wrong with it, wherever it is to run; empty when all is well.</summary>
    /// <param name="field">Where it was given.</param>
    public IReadOnlyList<PlanError> Problems(string field)
    {
        var errors = Operation.Problems(field).ToList();
        if (!StepCatalogue.MacroSteps.Contains(Stage) && !InstanceCatalogue.Knows(Stage))
            errors.Add(new($"{field}.step", $"'{Stage}' is no macro-step and no instance of one; macro-steps: {string.Join(", ", StepCatalogue.MacroSteps)}"));
        else if (!StepCatalogue.Knows(MicroStep))
            errors.Add(new($"{field}.step", $"'{MicroStep}' is no micro-step"));
        return errors;
    }
}
