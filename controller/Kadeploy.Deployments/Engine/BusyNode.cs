namespace Kadeploy.Deployments.Engine;

/// <summary>A node that belongs to an unfinished deployment.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Deployment">Whose id.</param>
/// <param name="User">Who asked for that deployment.</param>
/// <param name="Since">Since when.</param>
public sealed record BusyNode(string Node, string Deployment, string User, DateTimeOffset Since);
