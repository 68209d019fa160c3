namespace Kadeploy.Api.Operations;

/// <summary>One way to do a macro-step, as a request chooses it.</summary>
/// <param name="Type">For example <c>SetDeploymentEnvUntrusted</c>.</param>
/// <param name="Retries">How many more tries after the first one.</param>
/// <param name="Timeout">For one try as a whole: seconds, or a formula of the number of nodes <c>n</c>; absent: no limit but the micro-steps' own.</param>
public sealed record InstanceChoice(string Type, int Retries = 0, string? Timeout = null);
