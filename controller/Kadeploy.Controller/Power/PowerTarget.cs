using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Power;

/// <summary>A node and what is needed to control its power.</summary>
/// <param name="Node">The node.</param>
/// <param name="Password">Its BMC's password; empty when there is none.</param>
internal sealed record PowerTarget(Node Node, string Password)
{
    /// <summary>Leaves the password out, so that no log can show it.</summary>
    public override string ToString() => Node.Name;
}
