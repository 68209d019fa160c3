namespace Kadeploy.Deployments.Engine;

/// <summary>Why a node failed.</summary>
/// <param name="Stage">Where: macro-step and micro-step, <c>BroadcastEnv/send_environment</c>.</param>
/// <param name="Party">Who is at fault.</param>
/// <param name="Reason">Stable kebab-case code.</param>
/// <param name="Detail">For a person.</param>
public sealed record Failure(string Stage, Party Party, string Reason, string Detail);
