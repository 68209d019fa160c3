namespace Kadeploy.Agent.Link;

/// <param name="Done">Bytes; 0 when the step has no measure.</param>
/// <param name="Total">0 when unknown.</param>
internal sealed record ProgressNote(string StepId, string Activity, ulong Done, ulong Total);
