namespace Kadeploy.Api.Exec;

/// <summary><c>POST /v1/exec</c>: runs a command on nodes, in the deployment environment through their agents, on installed systems over SSH.</summary>
/// <param name="Nodes">Node set.</param>
/// <param name="Command">As a shell reads it; run as root.</param>
/// <param name="TimeoutSeconds">How long it may take on each node; 300 unless given.</param>
/// <param name="Window">On how many nodes at once; unless given all agents, and 32 nodes over SSH.</param>
public sealed record RunCommand(string Nodes, string Command, int? TimeoutSeconds = null, int? Window = null);
