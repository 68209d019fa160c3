namespace Kadeploy.Agent.Link;

/// <summary>How a session ended, all of them in the end.</summary>
/// <param name="Welcomed">The controller had accepted it.</param>
/// <param name="Detail">For the console.</param>
/// <param name="RetryAfter">As the controller asked; null: as usual; <see cref="Timeout.InfiniteTimeSpan"/>: never.</param>
internal sealed record SessionEnd(bool Welcomed, string Detail, TimeSpan? RetryAfter = null);
