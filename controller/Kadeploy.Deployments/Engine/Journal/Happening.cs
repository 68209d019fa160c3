using System.Text.Json.Serialization;

namespace Kadeploy.Deployments.Engine.Journal;

/// <summary>
/// What happened to a deployment. Only causes are kept, never conclusions: the state is what <see cref="State.Reducer"/> makes of them,
/// so a crash between two entries can leave no half-made transition.
/// </summary>
[JsonDerivedType(typeof(Submitted), "submitted")]
[JsonDerivedType(typeof(Reported), "reported")]
[JsonDerivedType(typeof(Admitted), "admitted")]
[JsonDerivedType(typeof(DeadlinePassed), "deadline")]
[JsonDerivedType(typeof(PatienceEnded), "patience")]
[JsonDerivedType(typeof(CallReturned), "returned")]
[JsonDerivedType(typeof(CancelAsked), "cancel")]
[JsonDerivedType(typeof(Resumed), "resumed")]
internal abstract record Happening
{
    private Happening()
    {
    }

    /// <summary>The deployment was accepted.</summary>
    public sealed record Submitted(DeploymentRequest Request, IReadOnlyList<Assignment> Assignments) : Happening;

    /// <summary>A driver told outcomes: one, or those of many nodes when they came together.</summary>
    public sealed record Reported(
        string Execution, [property: JsonConverter(typeof(OutcomesConverter))] IReadOnlyDictionary<string, Outcome> Outcomes) : Happening;

    /// <summary>A window let nodes in.</summary>
    public sealed record Admitted(string Execution, IReadOnlyList<string> Nodes) : Happening;

    /// <summary>A deadline passed.</summary>
    /// <param name="Execution">Of which execution.</param>
    /// <param name="LastSeen">What each node was last seen doing, as far as it said.</param>
    public sealed record DeadlinePassed(string Execution, IReadOnlyDictionary<string, string> LastSeen) : Happening;

    /// <summary>The nodes that are done have waited long enough for the others.</summary>
    public sealed record PatienceEnded(string Execution) : Happening;

    /// <summary>A driver's call came to an end.</summary>
    /// <param name="Execution">Which.</param>
    /// <param name="Wave">Which of the execution's calls, from 0.</param>
    /// <param name="Error">The exception's text, or null.</param>
    public sealed record CallReturned(string Execution, int Wave, string? Error) : Happening;

    /// <summary>Somebody wants it stopped.</summary>
    /// <param name="By">Who.</param>
    /// <param name="Why">For a person.</param>
    /// <param name="Nodes">Which nodes; null for all.</param>
    public sealed record CancelAsked(string By, string Why, IReadOnlyList<string>? Nodes) : Happening
    {
        /// <summary>Why, as a stable word; null for <c>cancelled</c>.</summary>
        public string? Reason { get; init; }
    }

    /// <summary>The controller is back. The time it was away is not held against the nodes.</summary>
    public sealed record Resumed : Happening;
}
