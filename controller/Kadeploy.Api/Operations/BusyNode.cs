namespace Kadeploy.Api.Operations;

/// <summary>A node that belongs to another operation.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Operation">Id of that operation.</param>
/// <param name="Kind">What it does.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Since">Since when.</param>
public sealed record BusyNode(string Node, string Operation, OperationKind Kind, string User, DateTimeOffset Since);
