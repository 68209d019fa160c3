using System.Text.Json.Serialization;
using Kadeploy.Api.Operations;

namespace Kadeploy.Api.Deployments;

/// <summary><c>POST /v1/deployments</c>. Answers 202 with <see cref="DeploymentStarted"/>; <c>/v1/deployments/plan</c> answers 200 with <see cref="PlannedOperation"/> and touches nothing.</summary>
/// <param name="Environment"><c>name</c>, <c>name:version</c>, <c>owner/name</c> or <c>owner/name:version</c>.</param>
/// <param name="Nodes">Node set; never empty, and empty never means all.</param>
/// <param name="AuthorizedKeys">OpenSSH public keys that may log in as root, one a line each.</param>
/// <param name="Script">Text of a script that runs on every node with the installed system at <c>$KADEPLOY_TARGET</c>.</param>
/// <param name="Boot">How the installed system is started; absent: <see cref="BootMethod.Reboot"/>.</param>
/// <param name="Partition">Partition to install on; absent: the root partition of the cluster's layout.</param>
/// <param name="Disk">Which disk may be written; absent: what the node says.</param>
/// <param name="Options">Further options by name.</param>
/// <param name="Steps">Instances by macro-step, in place of the cluster's; a macro-step that is not named keeps those.</param>
/// <param name="Timeouts">Time limits by micro-step: seconds, or formulas of the number of nodes <c>n</c> such as <c>200+150*log(n)</c>.</param>
/// <param name="CustomOperations">What else is to run on the nodes.</param>
/// <param name="Breakpoint">The nodes stop before this step: <c>MACRO</c> or <c>MACRO:micro_step</c>.</param>
/// <param name="DisableDiskPartitioning">Leave the partition table as it is.</param>
/// <param name="DisableBootloaderInstall">Install no boot loader.</param>
/// <param name="Vlan">VLAN in which the nodes are to end up.</param>
/// <param name="Force">Take nodes over from other operations.</param>
public sealed record StartDeployment(
    string Environment,
    string Nodes,
    IReadOnlyList<string>? AuthorizedKeys = null,
    string? Script = null,
    BootMethod? Boot = null,
    int? Partition = null,
    Nodes.DiskHintInfo? Disk = null,
    IReadOnlyDictionary<string, string>? Options = null,
    IReadOnlyDictionary<string, IReadOnlyList<InstanceChoice>>? Steps = null,
    IReadOnlyDictionary<string, string>? Timeouts = null,
    IReadOnlyList<CustomOperation>? CustomOperations = null,
    string? Breakpoint = null,
    bool? DisableDiskPartitioning = null,
    bool? DisableBootloaderInstall = null,
    string? Vlan = null,
    bool? Force = null);

/// <summary><c>POST /v1/deployments/{id}/retry</c>: a new deployment of the same environment in the same version, with the same options, onto the nodes that failed.</summary>
/// <param name="Force">Take nodes over from other operations.</param>
public sealed record RetryDeployment(bool? Force = null);

/// <summary>How the installed system is started.</summary>
[JsonConverter(typeof(KebabEnumConverter<BootMethod>))]
public enum BootMethod
{
    /// <summary>Through the firmware, as every later boot.</summary>
    Reboot,

    /// <summary>Directly from the deployment kernel; quicker, and the firmware path stays untried.</summary>
    Kexec,
}

/// <summary>The operation was accepted and is recorded.</summary>
/// <param name="Id">Its id.</param>
public sealed record DeploymentStarted(string Id);
