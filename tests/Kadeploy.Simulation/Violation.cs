namespace Kadeploy.Simulation;

/// <summary>An invariant does not hold.</summary>
internal sealed class Violation(string message) : Exception(message);
