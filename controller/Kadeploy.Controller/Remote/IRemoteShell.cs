using Kadeploy.Controller.Programs;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Remote;

/// <summary>Looks into installed systems.</summary>
internal interface IRemoteShell
{
    /// <summary>Whether the node's installed system can be told from an impostor: its host keys are known.</summary>
    bool Knows(Node node);

    /// <summary>The boot id of the system that runs now; null when it does not answer, or is not the one that was installed.</summary>
    Task<string?> BootIdAsync(Node node, CancellationToken cancellationToken);

    /// <summary>Runs a command line in the system that runs now.</summary>
    /// <param name="node">The node.</param>
    /// <param name="command">As the shell of its user reads it.</param>
    /// <param name="input">Its standard input; null for none.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ProgramResult> RunAsync(Node node, string command, ReadOnlyMemory<byte>? input, TimeSpan deadline, CancellationToken cancellationToken);

    /// <summary>Writes a file of the controller's into the system that runs now.</summary>
    /// <param name="node">The node.</param>
    /// <param name="file">Path on the controller.</param>
    /// <param name="destination">Absolute path on the node, of letters, digits and <c>/._-</c>; its folder is made.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ProgramResult> CopyAsync(Node node, string file, string destination, TimeSpan deadline, CancellationToken cancellationToken);
}
