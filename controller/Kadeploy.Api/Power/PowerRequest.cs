using System.Text.Json.Serialization;

namespace Kadeploy.Api.Power;

/// <summary><c>POST /v1/power</c>. Answers 202 with <see cref="Deployments.DeploymentStarted"/>; <c>/v1/power/plan</c> answers 200 with <see cref="Operations.PlannedOperation"/> and touches nothing.</summary>
/// <param name="Nodes">Node set; never empty, and empty never means all.</param>
/// <param name="Action">What to do.</param>
/// <param name="Level">How hard the first try is, <c>soft</c>, <c>hard</c> or <c>very_hard</c>; absent: <c>hard</c>. What fails is tried one level up. None for a status.</param>
/// <param name="Force">Take nodes over from other operations.</param>
public sealed record PowerRequest(string Nodes, PowerAction Action, string? Level = null, bool? Force = null);

/// <summary>What to do with the power.</summary>
[JsonConverter(typeof(KebabEnumConverter<PowerAction>))]
public enum PowerAction
{
    On,
    Off,
    Cycle,
    Reset,
    Status,
}
