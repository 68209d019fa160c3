using System.Text.Json.Serialization;

namespace Kadeploy.Api.Deployments;

/// <summary>Where one node of a deployment is.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Verdict">Running until there is one.</param>
/// <param name="MacroStep"><c>SetDeploymentEnv</c>, <c>BroadcastEnv</c> or <c>BootNewEnv</c>; absent before the first.</param>
/// <param name="MicroStep">Name of the micro-step, for example <c>send_environment</c>.</param>
/// <param name="Activity">What it does now, for a person.</param>
/// <param name="Done">Bytes done of the present step; 0 when it has no measure.</param>
/// <param name="Total">Bytes of the present step; 0 when unknown.</param>
/// <param name="BytesPerSecond">Present rate in bytes per second; 0 when it has none.</param>
/// <param name="Failure">Why it failed, with a verdict of failed or cancelled.</param>
/// <param name="Steps">Every micro-step that it began, in order.</param>
/// <param name="MacroSeconds">Seconds spent in each macro-step, by its name.</param>
/// <param name="Proof">What shows that the system was written and came up; absent without a verdict of deployed.</param>
/// <param name="Power">Power as the BMC said last, <c>on</c> or <c>off</c>, if it was asked.</param>
/// <param name="BootId">After a reboot: the boot id of what came up.</param>
public sealed record NodeProgress(
    string Node,
    NodeVerdict Verdict,
    string? MacroStep = null,
    string? MicroStep = null,
    string? Activity = null,
    long Done = 0,
    long Total = 0,
    long BytesPerSecond = 0,
    FailureInfo? Failure = null,
    IReadOnlyList<StepRecord>? Steps = null,
    IReadOnlyDictionary<string, double>? MacroSeconds = null,
    DeploymentProof? Proof = null,
    string? Power = null,
    string? BootId = null);

/// <summary>What became of a node.</summary>
[JsonConverter(typeof(KebabEnumConverter<NodeVerdict>))]
public enum NodeVerdict
{
    Running,
    Deployed,
    Failed,
    Cancelled,

    /// <summary>It stopped at the breakpoint, as asked, and is as the steps before have left it.</summary>
    Stopped,

    /// <summary>It was rebooted or switched.</summary>
    Done,
}

/// <summary>Why a node was not deployed.</summary>
/// <param name="Stage">Macro-step and micro-step in which it happened: <c>SetDeploymentEnv/reboot</c>.</param>
/// <param name="Party">Who is at fault: <c>bmc</c>, <c>agent</c>, <c>disk</c>, <c>image</c>…</param>
/// <param name="Reason">Stable reason in kebab-case.</param>
/// <param name="Detail">For a person: what was last seen, and what to do.</param>
public sealed record FailureInfo(string Stage, string Party, string Reason, string Detail);

/// <summary>One micro-step of one node.</summary>
/// <param name="MacroStep">Its macro-step.</param>
/// <param name="MicroStep">Its name.</param>
/// <param name="Attempt">1 for the first.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Seconds">How long it took, or has taken so far.</param>
/// <param name="Outcome"><c>running</c>, <c>done</c>, <c>failed</c>, <c>skipped</c> or <c>cancelled</c>.</param>
public sealed record StepRecord(string MacroStep, string MicroStep, int Attempt, DateTimeOffset StartedAt, double Seconds, string Outcome);

/// <summary>What shows that a node runs what it was told to.</summary>
/// <param name="ImageSha256">Digest of the image as the node received it, lower-case hexadecimal.</param>
/// <param name="BytesVerified">Bytes of the image whose digest the node checked.</param>
/// <param name="BytesWritten">Bytes handed to the disk or to the extraction.</param>
/// <param name="DiskSerial">Serial number of the disk written.</param>
/// <param name="BootId">Boot id of the installed system, as seen by the controller.</param>
/// <param name="Refetched">Blocks that had to be fetched again.</param>
/// <param name="Seconds">From the start of the transfer at this node to the flush of its last byte.</param>
/// <param name="RefetchedBlocks">The first of these blocks; absent when there were none.</param>
public sealed record DeploymentProof(
    string? ImageSha256 = null,
    long BytesVerified = 0,
    long BytesWritten = 0,
    string? DiskSerial = null,
    string? BootId = null,
    int Refetched = 0,
    double? Seconds = null,
    IReadOnlyList<RefetchedBlock>? RefetchedBlocks = null);

/// <summary>A block that arrived wrong and was fetched again.</summary>
/// <param name="Block">Its number, from 0.</param>
/// <param name="BadFrom">Whose bytes were wrong.</param>
/// <param name="GoodFrom">Who gave the right ones.</param>
public sealed record RefetchedBlock(int Block, string BadFrom, string GoodFrom);
