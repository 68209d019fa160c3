using System.Collections.Immutable;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>
/// Nodes of a step that one driver call works on. A step without a window has one wave; behind a window there are as many as it takes,
/// each with a deadline that counts from the moment it was let in.
/// </summary>
/// <param name="Nodes">The nodes, in the order of the chain.</param>
/// <param name="BegunAt">When it was let in.</param>
/// <param name="Deadline">When those that have not been reported fail.</param>
internal sealed record Wave(ImmutableArray<string> Nodes, DateTimeOffset BegunAt, DateTimeOffset Deadline);
