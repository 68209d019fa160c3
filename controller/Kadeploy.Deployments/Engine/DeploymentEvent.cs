namespace Kadeploy.Deployments.Engine;

/// <summary>Something that happened in a deployment, for whoever watches.</summary>
/// <param name="Sequence">
/// Number within the deployment, from 1, the same again after a restart. Progress is not kept and carries the number of the last transition before it,
/// so a watcher that resumes behind the last number it saw misses no transition and sees none twice.
/// </param>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Node">Node, or null for the whole deployment.</param>
/// <param name="MacroStep">Macro-step, or null.</param>
/// <param name="MicroStep">Micro-step, or null.</param>
/// <param name="Outcome">For a step: <c>running</c>, <c>done</c>, <c>skipped</c>, <c>failed</c>; for a verdict: its name in lower case.</param>
/// <param name="Failure">Why, when it failed.</param>
/// <param name="Activity">For progress: what the node says it is doing.</param>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all, 0 when unknown.</param>
/// <param name="BytesPerSecond">Recent rate.</param>
/// <param name="Text">For a person, or null.</param>
public sealed record DeploymentEvent(
    long Sequence,
    DateTimeOffset At,
    DeploymentEventKind Kind,
    string? Node = null,
    string? MacroStep = null,
    string? MicroStep = null,
    string? Outcome = null,
    Failure? Failure = null,
    string? Activity = null,
    long Done = 0,
    long Total = 0,
    double BytesPerSecond = 0,
    string? Text = null);
