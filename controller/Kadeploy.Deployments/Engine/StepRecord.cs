namespace Kadeploy.Deployments.Engine;

/// <summary>One micro-step that one node went through.</summary>
/// <param name="MacroStep">Macro-step.</param>
/// <param name="Instance">Type of the instance.</param>
/// <param name="MicroStep">Micro-step.</param>
/// <param name="Attempt">1 for the first try of the instance.</param>
/// <param name="StartedAt">When the set's execution began.</param>
/// <param name="EndedAt">When this node finished; null while it runs.</param>
/// <param name="Outcome"><c>running</c>, <c>done</c>, <c>skipped</c> or <c>failed</c>.</param>
/// <param name="Failure">Why, when it failed.</param>
public sealed record StepRecord(
    string MacroStep,
    string Instance,
    string MicroStep,
    int Attempt,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string Outcome,
    Failure? Failure);
