using System.Text.Json.Serialization;

namespace Kadeploy.Api.Operations;

/// <summary><c>POST /v1/reboots</c>. Answers 202 with <see cref="Deployments.DeploymentStarted"/>; <c>/v1/reboots/plan</c> answers 200 with <see cref="PlannedOperation"/> and touches nothing.</summary>
/// <param name="Nodes">Node set; never empty, and empty never means all.</param>
/// <param name="Kind">Into what; absent: <see cref="RebootKind.Simple"/>.</param>
/// <param name="Level">How hard the first try is; absent: <c>soft</c>. Each further try is one level up.</param>
/// <param name="Environment">For recorded-env: what the nodes' last deployment installed.</param>
/// <param name="Partition">For recorded-env: where.</param>
/// <param name="Profile">For set-pxe: an iPXE script.</param>
/// <param name="AuthorizedKeys">For deploy-env: who may log in.</param>
/// <param name="Vlan">VLAN in which the nodes are to end up.</param>
/// <param name="Timeouts">Time limits by micro-step: seconds, or formulas of the number of nodes <c>n</c>.</param>
/// <param name="CustomOperations">What else is to run on the nodes.</param>
/// <param name="Breakpoint">The nodes stop before this step: <c>MACRO</c> or <c>MACRO:micro_step</c>.</param>
/// <param name="Force">Take nodes over from other operations.</param>
public sealed record StartReboot(
    string Nodes,
    RebootKind? Kind = null,
    string? Level = null,
    string? Environment = null,
    int? Partition = null,
    string? Profile = null,
    IReadOnlyList<string>? AuthorizedKeys = null,
    string? Vlan = null,
    IReadOnlyDictionary<string, string>? Timeouts = null,
    IReadOnlyList<CustomOperation>? CustomOperations = null,
    string? Breakpoint = null,
    bool? Force = null);

/// <summary>Into what nodes are rebooted.</summary>
[JsonConverter(typeof(KebabEnumConverter<RebootKind>))]
public enum RebootKind
{
    /// <summary>Whatever they boot by themselves.</summary>
    Simple,

    /// <summary>The user's own iPXE script.</summary>
    SetPxe,

    /// <summary>The deployment environment.</summary>
    DeployEnv,

    /// <summary>The environment that was installed last.</summary>
    RecordedEnv,
}
