namespace Kadeploy.Agent.Steps;

/// <summary>A step as the controller ordered it.</summary>
/// <param name="Id">Deterministic: the same order twice has the same id.</param>
/// <param name="Deadline">From now; the agent gives up by then.</param>
internal sealed record StepOrder(string Id, TimeSpan Deadline, IStep Step);
