using System.Text.Json.Serialization.Metadata;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Output;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Client;

/// <summary>Deployments, reboots and power operations, to be watched.</summary>
internal sealed class DeploymentOperation(ControllerClient client) : Operation<DeploymentInfo>(client)
{
    public override string Noun => "deployment";

    public override JsonTypeInfo<DeploymentInfo> Type => JsonOutput.Indented.DeploymentInfo;

    public override string Route => Routes.Deployments;

    public override bool IsRunning(DeploymentInfo operation) => operation.State == DeploymentState.Running;

    public override DeploymentView View(DeploymentInfo operation) =>
        new(operation.Id, operation.Environment, operation.NodeStates.Select(n => n.Node), operation.CreatedAt);

    public override void Report(TextWriter output, DeploymentInfo operation) => FinalReport.Write(output, operation);

    public override (IReadOnlyList<string> Good, IReadOnlyList<string> Bad) Nodes(DeploymentInfo operation) => (
        [.. operation.NodeStates.Where(IsGood).Select(n => n.Node)],
        [.. operation.NodeStates.Where(n => !IsGood(n)).Select(n => n.Node)]);

    // Stopped at a breakpoint is what was asked for, as Kadeploy3 has it.
    private static bool IsGood(NodeProgress node) => node.Verdict is NodeVerdict.Deployed or NodeVerdict.Done or NodeVerdict.Stopped;
}
