namespace Kadeploy.Controller.Boot;

/// <summary>A node that is to boot the deployment environment, once.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Deployment">For which deployment.</param>
/// <param name="Id">Names this arming: an agent that enrols by it proves that the boot came after it.</param>
internal sealed record Arming(string Node, string Deployment, string Id);
