namespace Kadeploy.Deployments.Engine;

/// <summary>Kinds of events.</summary>
public enum DeploymentEventKind
{
    /// <summary>A node began or finished a micro-step.</summary>
    Step,

    /// <summary>A node says what it is doing.</summary>
    Progress,

    /// <summary>What became of a node was decided.</summary>
    Verdict,

    /// <summary>Every node has its verdict; nothing follows.</summary>
    End,
}
