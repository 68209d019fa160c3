namespace Kadeploy.Deployments.Plans;

/// <summary>One way to do a macro-step.</summary>
/// <param name="Type">Kadeploy's name: <c>SetDeploymentEnvUntrusted</c>, <c>BootNewEnvKexec</c>…</param>
/// <param name="Retries">How many more tries after the first one.</param>
/// <param name="Timeout">How long one try may take as a whole; null for no limit but the micro-steps' own.</param>
/// <param name="MicroSteps">In order.</param>
public sealed record StepInstance(string Type, int Retries, TimeLimit? Timeout, IReadOnlyList<MicroStep> MicroSteps);
