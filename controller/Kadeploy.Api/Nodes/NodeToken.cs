namespace Kadeploy.Api.Nodes;

/// <summary>
/// <c>POST /v1/nodes/{name}/token</c>: lets <c>kadeploy-agent run</c> on the installed node speak for it; a former one is worth nothing from now on.
/// </summary>
/// <param name="Node">The node.</param>
/// <param name="Token">Shown once: the controller keeps its hash only.</param>
public sealed record NodeToken(string Node, string Token)
{
    /// <summary>Leaves the token out, so that no log can show it.</summary>
    public override string ToString() => Node;
}
