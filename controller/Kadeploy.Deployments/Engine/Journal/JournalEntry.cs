namespace Kadeploy.Deployments.Engine.Journal;

/// <summary>One line of a deployment's journal: something that happened, from which the engine's state follows.</summary>
/// <param name="Deployment">Id of the deployment.</param>
/// <param name="Sequence">From 1, without gaps, within the deployment.</param>
/// <param name="At">When it happened.</param>
/// <param name="Kind">For people and queries: <c>submitted</c>, <c>reported</c>, <c>admitted</c>, <c>deadline</c>, <c>patience</c>, <c>returned</c>, <c>cancel</c>, <c>resumed</c>.</param>
/// <param name="Body">JSON; only the engine reads it.</param>
/// <param name="Ends">Whether the deployment is finished with this entry. A deployment without such an entry is unfinished.</param>
/// <param name="Verdicts">
/// Nodes whose verdict fell with this entry, so that a storage can update what it keeps about nodes in the same transaction. Need not be given back on loading.
/// </param>
public sealed record JournalEntry(
    string Deployment,
    long Sequence,
    DateTimeOffset At,
    string Kind,
    string Body,
    bool Ends,
    IReadOnlyList<NodeVerdict> Verdicts)
{
    /// <summary>
    /// Nodes that belong to the deployment from this entry on, until their verdict, so that a storage can refuse a second owner in the same
    /// transaction. Need not be given back on loading.
    /// </summary>
    public IReadOnlyList<string> Takes { get; init; } = [];
}
