using Kadeploy.Deployments.Environments;

namespace Kadeploy.Deployments.Engine;

/// <summary>What a user asked for, resolved: kept with the deployment, so that it can be continued after a restart.</summary>
/// <param name="Id">Operation id: the letter of its kind, a dash and a UUID.</param>
/// <param name="User">Who asked.</param>
/// <param name="Environment">What is deployed, or booted; <see cref="DeployableEnvironment.None"/> where the operation is about none.</param>
/// <param name="AuthorizedKeys">OpenSSH public keys for root of the installed system.</param>
/// <param name="Partition">Partition that gets the image; 0 for the whole disk.</param>
/// <param name="Script">Text of the user's postinstall script, empty for none.</param>
/// <param name="Boot">How the installed system is started: <c>reboot</c> or <c>kexec</c>.</param>
/// <param name="Options">Further options by name.</param>
public sealed record DeploymentRequest(
    string Id,
    string User,
    DeployableEnvironment Environment,
    IReadOnlyList<string> AuthorizedKeys,
    int Partition,
    string Script,
    string Boot,
    IReadOnlyDictionary<string, string> Options)
{
    /// <summary>What kind of operation it is. Whoever reads "deployment" here reads "operation".</summary>
    public OperationKind Kind { get; init; }

    /// <summary>Whether it may take nodes over from other operations.</summary>
    public bool Force { get; init; }

    /// <summary>VLAN in which the nodes are to end up, as the site's own command understands it; null to leave them where they are.</summary>
    public string? Vlan { get; init; }

    /// <summary>The user's own iPXE script, for a reboot with it; null otherwise.</summary>
    public string? Profile { get; init; }

    /// <summary>The wish as it was put, for whoever puts it again for some of the nodes; it means nothing to the engine. Null where there was none.</summary>
    public string? Asked { get; init; }
}
