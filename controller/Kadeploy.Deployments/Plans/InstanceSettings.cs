namespace Kadeploy.Deployments.Plans;

/// <summary>One instance of a macro-step as an administrator chooses it.</summary>
/// <param name="Type">For example <c>SetDeploymentEnvUntrusted</c>.</param>
/// <param name="Retries">How many more tries after the first one.</param>
/// <param name="Timeout">For one try as a whole; null for no limit but the micro-steps' own.</param>
public sealed record InstanceSettings(string Type, int Retries = 0, TimeLimit? Timeout = null);
