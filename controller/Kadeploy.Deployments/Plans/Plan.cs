namespace Kadeploy.Deployments.Plans;

/// <summary>What is to happen to a set of nodes, as data. It is kept with the deployment, so that a change of configuration never alters one that runs.</summary>
/// <param name="MacroSteps">In order.</param>
public sealed record Plan(IReadOnlyList<MacroStep> MacroSteps)
{
    /// <summary>What is wrong with the plan; empty when all is well.</summary>
    public IReadOnlyList<PlanError> Problems() => PlanValidation.Problems(this);

    /// <summary>The plan as lines for a person.</summary>
    public override string ToString() => PlanText.Of(this);
}
