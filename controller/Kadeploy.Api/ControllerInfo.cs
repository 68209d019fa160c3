namespace Kadeploy.Api;

/// <summary><c>GET /v1/info</c>: who answers.</summary>
/// <param name="Name">Always <c>kadeployd</c>.</param>
/// <param name="Version">Version of the controller, for example <c>0.1.0</c>.</param>
/// <param name="UptimeSeconds">Seconds since the controller started.</param>
/// <param name="AgentPin">SHA-256 of the key by which agents know it, in hexadecimal: <c>kadeploy-agent run --pin</c>; absent from an older one.</param>
public sealed record ControllerInfo(string Name, string Version, double UptimeSeconds, string? AgentPin = null);
