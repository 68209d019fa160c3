using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine;

/// <summary>One micro-step that a driver is asked to run, on a set of nodes that run it together.</summary>
/// <param name="Id">
/// Deterministic: deployment, node set, macro-step, instance, attempt and micro-step. The same id after a restart of the controller
/// means the same execution, to be continued or recognised as done.
/// </param>
/// <param name="Deployment">What was asked for.</param>
/// <param name="MacroStep"><c>SetDeploymentEnv</c>, <c>BroadcastEnv</c> or <c>BootNewEnv</c>.</param>
/// <param name="MicroStep">Kadeploy's name of the step: <c>switch_pxe</c>, <c>reboot</c>…</param>
/// <param name="Arguments">The step's own arguments from the plan (<c>profile</c> = <c>deploy</c>, <c>level</c> = <c>soft</c>…).</param>
/// <param name="Attempt">1 for the first try of this instance.</param>
/// <param name="Nodes">The nodes, in the order of the chain.</param>
/// <param name="Facts">What is known of each node so far, by node name.</param>
/// <param name="Deadline">When the engine fails the nodes that have not finished.</param>
public sealed record StepExecution(
    string Id,
    DeploymentRequest Deployment,
    string MacroStep,
    string MicroStep,
    IReadOnlyDictionary<string, string> Arguments,
    int Attempt,
    IReadOnlyList<Node> Nodes,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Facts,
    DateTimeOffset Deadline)
{
    /// <summary>For the micro-step <c>custom</c>: what it does.</summary>
    public CustomOperation? Custom { get; init; }
}
