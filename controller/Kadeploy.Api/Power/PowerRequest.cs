using System.Text.Json.Serialization;

namespace Kadeploy.Api.Power;

/// <summary><c>POST /v1/power</c>. Answers 200 with <see cref="PowerAnswer"/>, whatever happened at the single nodes.</summary>
/// <param name="Nodes">Node set; never empty, and empty never means all.</param>
/// <param name="Action">What to do.</param>
/// <param name="Level">How hard; absent: <see cref="PowerLevel.Hard"/>.</param>
public sealed record PowerRequest(string Nodes, PowerAction Action, PowerLevel? Level = null);

/// <summary>What to do with the power.</summary>
[JsonConverter(typeof(KebabEnumConverter<PowerAction>))]
public enum PowerAction
{
    On,
    Off,
    Cycle,
    Reset,
    Status,
}

/// <summary>How hard: <see cref="Soft"/> asks the operating system (ACPI), <see cref="Hard"/> does not.</summary>
[JsonConverter(typeof(KebabEnumConverter<PowerLevel>))]
public enum PowerLevel
{
    Soft,
    Hard,
}

/// <summary>Result for every node asked for, in natural order.</summary>
/// <param name="Results">One entry for each node.</param>
public sealed record PowerAnswer(IReadOnlyList<PowerResult> Results);

/// <summary>What happened at one node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Ok">Whether the BMC did it.</param>
/// <param name="Power">State after it, <c>on</c> or <c>off</c>, if known.</param>
/// <param name="Error">Why not.</param>
public sealed record PowerResult(string Node, bool Ok, string? Power = null, PowerError? Error = null);

/// <summary>Why a BMC did not do it.</summary>
/// <param name="Reason">Stable reason in kebab-case: <c>no-bmc</c>, <c>bmc-unreachable</c>…</param>
/// <param name="Detail">For a person.</param>
public sealed record PowerError(string Reason, string Detail);
