using Kadeploy.Deployments.Engine.State;

namespace Kadeploy.Deployments.Engine.Live;

/// <summary>Makes the public picture of a state.</summary>
internal static class Snapshots
{
    public static DeploymentSnapshot Of(DeploymentState state, Func<string, NodeProgress?> progress) => new(
        state.Request,
        [.. state.Assignments.Select(a => a.Plan)],
        state.CreatedAt,
        state.EndedAt,
        state.CancelledBy,
        [.. state.Assignments.SelectMany(a => a.Nodes).Select(n => Of(state.Nodes[n.Name], progress(n.Name)))]);

    public static (string Macro, string Micro) Names(DeploymentState state, Position p)
    {
        var macro = state.Assignments[p.Assignment].Plan.MacroSteps[p.Macro];
        return (macro.Name, macro.Instances[p.Instance].MicroSteps[p.Micro].Name);
    }

    private static NodeSnapshot Of(NodeState node, NodeProgress? progress)
    {
        var last = node.Steps.IsEmpty ? null : node.Steps[^1];
        return new(
            node.Node.Name,
            node.Set,
            last?.MacroStep ?? "",
            last?.MicroStep ?? "",
            last?.Attempt ?? 0,
            progress?.Activity ?? "",
            progress?.Done ?? 0,
            progress?.Total ?? 0,
            progress?.BytesPerSecond ?? 0,
            node.Verdict,
            node.Failure,
            node.EndedAt,
            node.Steps,
            node.Facts);
    }
}
