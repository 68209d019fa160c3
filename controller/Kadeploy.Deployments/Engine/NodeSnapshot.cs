namespace Kadeploy.Deployments.Engine;

/// <summary>One node of a deployment at one moment.</summary>
/// <param name="Node">Name.</param>
/// <param name="NodeSet">Set it runs with (<c>s1</c>…): sets split when nodes fail.</param>
/// <param name="MacroStep">Where it is, or was last.</param>
/// <param name="MicroStep">Where it is, or was last.</param>
/// <param name="Attempt">Try of the instance, from 1.</param>
/// <param name="Activity">What it says it is doing; empty when it says nothing.</param>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all, 0 when unknown.</param>
/// <param name="BytesPerSecond">Recent rate.</param>
/// <param name="Verdict">What became of it.</param>
/// <param name="Failure">Why it failed or was cancelled; null otherwise.</param>
/// <param name="EndedAt">When its verdict fell.</param>
/// <param name="Steps">Every micro-step so far, in order.</param>
/// <param name="Facts">What is known of it.</param>
public sealed record NodeSnapshot(
    string Node,
    string NodeSet,
    string MacroStep,
    string MicroStep,
    int Attempt,
    string Activity,
    long Done,
    long Total,
    double BytesPerSecond,
    Verdict Verdict,
    Failure? Failure,
    DateTimeOffset? EndedAt,
    IReadOnlyList<StepRecord> Steps,
    IReadOnlyDictionary<string, string> Facts)
{
    /// <summary>Time spent in each macro-step in seconds, all tries together, up to <paramref name="now"/> for one that runs.</summary>
    public IReadOnlyDictionary<string, double> MacroSeconds(DateTimeOffset now) => Steps
        .GroupBy(s => s.MacroStep)
        .ToDictionary(g => g.Key, g => (g.Max(s => s.EndedAt ?? now) - g.Min(s => s.StartedAt)).TotalSeconds);
}
