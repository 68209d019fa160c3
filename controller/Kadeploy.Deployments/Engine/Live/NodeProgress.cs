namespace Kadeploy.Deployments.Engine.Live;

/// <summary>What one node last said.</summary>
/// <param name="Execution">During which execution.</param>
/// <param name="Version">Order among everything said in the deployment.</param>
/// <param name="At">When.</param>
/// <param name="Activity">What it does.</param>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all.</param>
/// <param name="BytesPerSecond">Recent rate.</param>
/// <param name="RatedAt">When <paramref name="RatedDone"/> was measured.</param>
/// <param name="RatedDone">Bytes done at the last measurement of the rate.</param>
internal sealed record NodeProgress(
    string Execution,
    long Version,
    DateTimeOffset At,
    string Activity,
    long Done,
    long Total,
    double BytesPerSecond,
    DateTimeOffset RatedAt,
    long RatedDone);
