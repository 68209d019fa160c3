namespace Kadeploy.FleetAgents;

/// <summary>What an audience saw.</summary>
/// <param name="Watchers">Streams.</param>
/// <param name="Events">Events that they got in all.</param>
/// <param name="Questions">Requests that were answered.</param>
/// <param name="MedianMilliseconds">Time to the end of an answer.</param>
/// <param name="SlowMilliseconds">The same at the 99th percentile.</param>
/// <param name="Bad">What was lost, refused or out of order.</param>
internal sealed record AudienceResult(int Watchers, long Events, int Questions, double MedianMilliseconds, double SlowMilliseconds, IReadOnlyList<string> Bad);
