using System.Text.Json.Serialization.Metadata;
using Kadeploy.Api;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Output;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Client;

/// <summary>Broadcasts, to be watched.</summary>
internal sealed class BroadcastOperation(ControllerClient client) : Operation<BroadcastInfo>(client)
{
    public override string Noun => "broadcast";

    public override JsonTypeInfo<BroadcastInfo> Type => JsonOutput.Indented.BroadcastInfo;

    public override string Route => Routes.Broadcasts;

    public override bool IsRunning(BroadcastInfo operation) => operation.State == DeploymentState.Running;

    public override DeploymentView View(BroadcastInfo operation) =>
        new(operation.Id, operation.File, operation.NodeStates.Select(n => n.Node), operation.CreatedAt, "done");

    public override void Report(TextWriter output, BroadcastInfo operation) => BroadcastTable.WriteReport(output, operation);

    public override (IReadOnlyList<string> Good, IReadOnlyList<string> Bad) Nodes(BroadcastInfo operation) => (
        [.. operation.NodeStates.Where(n => n.Verdict == BroadcastVerdict.Done).Select(n => n.Node)],
        [.. operation.NodeStates.Where(n => n.Verdict != BroadcastVerdict.Done).Select(n => n.Node)]);
}
