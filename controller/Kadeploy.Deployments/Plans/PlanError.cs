namespace Kadeploy.Deployments.Plans;

/// <summary>A fault of a plan or of its settings.</summary>
/// <param name="Field">Where: <c>SetDeploymentEnv[0].retries</c>.</param>
/// <param name="Message">For a person.</param>
public sealed record PlanError(string Field, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field}: {Message}";
}
