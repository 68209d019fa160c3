namespace Kadeploy.Controller.Environments;

/// <summary>Which environments running deployments need.</summary>
/// <param name="deploymentOf">Id of a running deployment that uses the environment with this id, or null.</param>
internal sealed class EnvironmentUse(Func<string, string?> deploymentOf)
{
    public string? DeploymentOf(string environmentId) => deploymentOf(environmentId);
}
