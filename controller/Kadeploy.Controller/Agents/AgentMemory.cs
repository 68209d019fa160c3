namespace Kadeploy.Controller.Agents;

/// <summary>Memory of an agent's process, in bytes.</summary>
/// <param name="ResidentBytes">What it holds now.</param>
/// <param name="PeakBytes">The most it held since it started.</param>
internal sealed record AgentMemory(long ResidentBytes, long PeakBytes);
