namespace Kadeploy.Agent.Link;

/// <summary>Somebody was turned away at the port of the chain.</summary>
/// <param name="Address">Where it came from.</param>
/// <param name="Reason">Kebab-case.</param>
/// <param name="Count">How often since this was last told.</param>
internal sealed record StrangerNote(string Address, string Reason, uint Count);
