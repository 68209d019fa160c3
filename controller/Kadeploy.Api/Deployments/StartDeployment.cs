using System.Text.Json.Serialization;

namespace Kadeploy.Api.Deployments;

/// <summary><c>POST /v1/deployments</c>. Answers 202 with <see cref="DeploymentStarted"/>.</summary>
/// <param name="Environment"><c>name</c>, <c>name:version</c>, <c>owner/name</c> or <c>owner/name:version</c>.</param>
/// <param name="Nodes">Node set; never empty, and empty never means all.</param>
/// <param name="AuthorizedKeys">OpenSSH public keys that may log in as root, one a line each.</param>
/// <param name="Script">Text of a script that runs on every node with the installed system at <c>$KADEPLOY_TARGET</c>.</param>
/// <param name="Boot">How the installed system is started; absent: <see cref="BootMethod.Reboot"/>.</param>
/// <param name="Partition">Partition to install on; absent: the root partition of the cluster's layout.</param>
/// <param name="Disk">Which disk may be written; absent: what the node says.</param>
/// <param name="Options">Further options by name.</param>
public sealed record StartDeployment(
    string Environment,
    string Nodes,
    IReadOnlyList<string>? AuthorizedKeys = null,
    string? Script = null,
    BootMethod? Boot = null,
    int? Partition = null,
    Nodes.DiskHintInfo? Disk = null,
    IReadOnlyDictionary<string, string>? Options = null);

/// <summary>How the installed system is started.</summary>
[JsonConverter(typeof(KebabEnumConverter<BootMethod>))]
public enum BootMethod
{
    /// <summary>Through the firmware, as every later boot.</summary>
    Reboot,

    /// <summary>Directly from the deployment kernel; quicker, and the firmware path stays untried.</summary>
    Kexec,
}

/// <summary>The deployment was accepted and is recorded.</summary>
/// <param name="Id">Its id.</param>
public sealed record DeploymentStarted(string Id);
