using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Power;

/// <summary>What came of a power command.</summary>
/// <param name="On">Power after it, null when not known.</param>
/// <param name="Failure">Why it failed, null when it was done.</param>
internal sealed record PowerOutcome(bool? On, Outcome.Failed? Failure)
{
    public static PowerOutcome Failed(string reason, string detail) => new(null, new Outcome.Failed(Party.Bmc, reason, detail));
}
