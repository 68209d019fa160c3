using Kadeploy.Deployments.Engine;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Agents;

/// <summary>A step that an agent was told to run and has not finished. It outlives the session: a redial goes on with it.</summary>
/// <param name="node">The node.</param>
/// <param name="deployment">The deployment that its agent must have been booted for; null for any agent of the node.</param>
/// <param name="message">What the agent was told.</param>
/// <param name="listener">Hears how it goes.</param>
/// <param name="bootId">Boot id of the agent that has it.</param>
internal sealed class PendingStep(string node, string? deployment, RunStep message, IStepListener listener, string? bootId) : IDisposable
{
    private readonly TaskCompletionSource<Outcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Node { get; } = node;

    public string? Deployment { get; } = deployment;

    public RunStep Message { get; } = message;

    /// <summary>What has changed in the plan of its transfer since; whoever is handed the step is told this as well.</summary>
    public ControllerMessage? Change { get; set; }

    public IStepListener Listener { get; } = listener;

    /// <summary>Boot id of the agent that has the step; null while none has it.</summary>
    public string? BootId { get; set; } = bootId;

    /// <summary>Runs while the agent is away.</summary>
    public ITimer? Absence { get; set; }

    public DateTimeOffset LastHeard { get; set; }

    public Task<Outcome> Outcome => _outcome.Task;

    public bool Finish(Outcome outcome) => _outcome.TrySetResult(outcome);

    public void Dispose() => Absence?.Dispose();
}
