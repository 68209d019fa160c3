namespace Kadeploy.Deployments.Engine.Journal;

/// <summary>A node whose verdict fell.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Verdict">What became of it.</param>
/// <param name="Failure">Why, when it was not deployed.</param>
/// <param name="Kind">What the operation was.</param>
public sealed record NodeVerdict(string Node, Verdict Verdict, Failure? Failure, OperationKind Kind);
