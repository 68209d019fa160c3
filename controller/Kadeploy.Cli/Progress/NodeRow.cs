using Kadeploy.Api.Deployments;

namespace Kadeploy.Cli.Progress;

/// <summary>What is known of one node of a running deployment.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Verdict">Running until there is one.</param>
/// <param name="MacroStep">Present macro-step, empty before the first.</param>
/// <param name="MicroStep">Present micro-step, empty before the first.</param>
/// <param name="Activity">What it does, for a person; may be empty.</param>
/// <param name="Done">Bytes done of the present step.</param>
/// <param name="Total">Bytes of the present step, 0 without a measure.</param>
/// <param name="BytesPerSecond">Present rate, 0 when unknown.</param>
/// <param name="Since">When the present step began, or the verdict was given.</param>
/// <param name="SeenAt">When <paramref name="Done"/> was so.</param>
/// <param name="Failure">Why it failed.</param>
/// <param name="HoldsUp">What of it limits the whole chain: <c>disk</c> or <c>link</c>; null when it does not.</param>
internal sealed record NodeRow(
    string Node,
    NodeVerdict Verdict = NodeVerdict.Running,
    string MacroStep = "",
    string MicroStep = "",
    string Activity = "",
    long Done = 0,
    long Total = 0,
    long BytesPerSecond = 0,
    DateTimeOffset Since = default,
    DateTimeOffset SeenAt = default,
    FailureInfo? Failure = null,
    string? HoldsUp = null)
{
    /// <summary>Whether bytes are moving, or ought to be.</summary>
    public bool IsMeasured => Verdict == NodeVerdict.Running && Total > 0 && Done < Total;

    /// <summary>0 to 1.</summary>
    public double Fraction => Total > 0 ? Math.Clamp((double)Done / Total, 0, 1) : 0;

    /// <summary>Time left of the present step at its mean rate since it began; null when that cannot be said. The rate of the moment would not do: tar writes in bursts.</summary>
    public TimeSpan? Left => IsMeasured && BytesPerSecond > 0 && Done > 0 && SeenAt > Since && (SeenAt - Since).TotalSeconds * (Total - Done) / Done is < LongestPromise and var seconds
        ? TimeSpan.FromSeconds(seconds)
        : null;

    // The first bytes of a chain that just starts say nothing about its end; "there in 200 hours" would.
    private const double LongestPromise = 6 * 3600;
}
