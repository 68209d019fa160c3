namespace Kadeploy.FleetAgents;

/// <summary>Deadlines that the fleet's kadeployd.yaml sets.</summary>
/// <param name="WaitReboot">For a node to come back.</param>
/// <param name="AgentGrace">For a lost agent to dial again.</param>
/// <param name="BmcTimeout">For one answer of a BMC.</param>
/// <param name="RebootPatience">For the slower half of a set to be back.</param>
internal sealed record Limits(TimeSpan WaitReboot, TimeSpan AgentGrace, TimeSpan BmcTimeout, TimeSpan RebootPatience);
