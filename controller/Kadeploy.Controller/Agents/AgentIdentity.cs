namespace Kadeploy.Controller.Agents;

/// <summary>Who an agent proved to be.</summary>
/// <param name="Node">The node's name; empty for a machine that only enrolled.</param>
/// <param name="Mac">The interface it booted from.</param>
/// <param name="BootId">Boot id of its deployment environment.</param>
/// <param name="Deployment">The deployment it was booted for; empty for one that enrolled by itself, accepted or not, and on an installed host.</param>
/// <param name="Arming">The arming it was booted by.</param>
internal sealed record AgentIdentity(string Node, string Mac, string BootId, string Deployment, string Arming)
{
    public bool IsKnown => Node.Length > 0;

    /// <summary>It runs on the installed system and receives files, nothing else.</summary>
    public bool OnHost { get; init; }
}
