namespace Kadeploy.Deployments.Engine;

/// <summary>A node that belongs to an unfinished operation.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Deployment">Whose id.</param>
/// <param name="User">Who asked for that operation.</param>
/// <param name="Since">Since when.</param>
/// <param name="Kind">What that operation is.</param>
public sealed record BusyNode(string Node, string Deployment, string User, DateTimeOffset Since, OperationKind Kind = OperationKind.Deployment);
