using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Link;

internal sealed record ResultNote(string StepId, StepOutcome Outcome);
