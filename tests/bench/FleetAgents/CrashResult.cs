namespace Kadeploy.FleetAgents;

/// <summary>What came of one run with a crash.</summary>
/// <param name="Crashed">Whether there was a write with that number.</param>
/// <param name="Wrong">What is not as it should be.</param>
internal sealed record CrashResult(bool Crashed, IReadOnlyList<string> Wrong);
