namespace Kadeploy.Api.Deployments;

/// <summary>
/// One event of <c>GET /v1/deployments/{id}/events</c> (Server-Sent Events). The SSE <c>id</c> is <see cref="Seq"/>, the SSE <c>event</c> one of
/// <see cref="DeploymentEventTypes"/>. A client that comes back with <c>Last-Event-ID</c> gets what came after it; reading consumes nothing.
/// </summary>
/// <param name="Seq">Grows by at least one with every event of a deployment.</param>
/// <param name="At">When it happened.</param>
/// <param name="Node">The node; absent when the event is about the deployment.</param>
/// <param name="MacroStep">Its macro-step.</param>
/// <param name="MicroStep">Its micro-step.</param>
/// <param name="Activity">What it does now, for a person.</param>
/// <param name="Done">Bytes done of the present step.</param>
/// <param name="Total">Bytes of the present step.</param>
/// <param name="BytesPerSecond">Present rate in bytes per second.</param>
/// <param name="Outcome">Of a step: see <see cref="StepRecord.Outcome"/>. Of a verdict: <c>deployed</c>, <c>done</c>, <c>failed</c>, <c>cancelled</c> or <c>stopped</c>. Of the end: <c>done</c> or <c>cancelled</c>.</param>
/// <param name="Failure">Why it failed.</param>
/// <param name="Text">Anything else for a person.</param>
/// <param name="HoldsUp">With progress: what of this node limits the whole chain now, <c>disk</c> or <c>link</c>; absent when it does not.</param>
public sealed record DeploymentEvent(
    long Seq,
    DateTimeOffset At,
    string? Node = null,
    string? MacroStep = null,
    string? MicroStep = null,
    string? Activity = null,
    long? Done = null,
    long? Total = null,
    long? BytesPerSecond = null,
    string? Outcome = null,
    FailureInfo? Failure = null,
    string? Text = null,
    string? HoldsUp = null);

/// <summary>Types of <see cref="DeploymentEvent"/>. A client ignores those that it does not know.</summary>
public static class DeploymentEventTypes
{
    /// <summary>A node began (<c>outcome</c> = <c>running</c>) or ended a micro-step.</summary>
    public const string Step = "step";

    /// <summary>Bytes, rate or activity of a running step changed; a newer one replaces an older one.</summary>
    public const string Progress = "progress";

    /// <summary>A node is through, well or not.</summary>
    public const string Verdict = "verdict";

    /// <summary>Every node is through; the last event, after which the controller closes the stream.</summary>
    public const string End = "end";
}
