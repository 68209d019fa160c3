namespace Kadeploy.Deployments.Engine.State;

/// <summary>Where a node set is in its plan.</summary>
/// <param name="Assignment">Index of the plan within the deployment.</param>
/// <param name="Macro">Index of the macro-step.</param>
/// <param name="Instance">Index of the instance.</param>
/// <param name="Attempt">Try of the instance, from 1.</param>
/// <param name="Micro">Index of the micro-step.</param>
internal readonly record struct Position(int Assignment, int Macro, int Instance, int Attempt, int Micro);
