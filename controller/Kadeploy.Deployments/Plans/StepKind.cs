using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Plans;

/// <summary>What is known of a micro-step by its name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DefaultLimit">How long it may take when nobody says otherwise.</param>
/// <param name="Silent">Who is at fault when the deadline passes without an answer.</param>
public sealed record StepKind(string Name, TimeLimit DefaultLimit, Party Silent);
