namespace Kadeploy.Cli.Progress;

/// <summary>Something worth a line when lines are printed.</summary>
/// <param name="At">When.</param>
/// <param name="Node">The node, or null when it is about the whole.</param>
/// <param name="Text">What happened; equal texts of several nodes are printed once with the nodes folded.</param>
internal sealed record Change(DateTimeOffset At, string? Node, string Text);
