using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Remote;

/// <summary>Looks into installed systems.</summary>
internal interface IRemoteShell
{
    /// <summary>Whether the node's installed system can be told from an impostor: its host keys are known.</summary>
    bool Knows(Node node);

    /// <summary>The boot id of the system that runs now; null when it does not answer, or is not the one that was installed.</summary>
    Task<string?> BootIdAsync(Node node, CancellationToken cancellationToken);
}
