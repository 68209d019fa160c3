using Kadeploy.Api.Deployments;

namespace Kadeploy.FleetAgents;

/// <summary>Whether a machine's verdict is what its fault deserves.</summary>
internal static class Judgement
{
    /// <summary>One line for each machine whose verdict is wrong; empty when all are right.</summary>
    public static IReadOnlyList<string> Of(FleetWorld world, DeploymentInfo end)
    {
        var told = end.NodeStates.ToDictionary(n => n.Node);
        var wrong = new List<string>();
        foreach (var node in world.Nodes)
            if (!told.TryGetValue(node.Name, out var state))
                wrong.Add($"{node.Name}: is missing");
            else if (Wrong(node, state) is { } why)
                wrong.Add($"{node.Name} ({node.Life.Fault}): {why}; verdict {state.Verdict}, {state.Failure?.Stage} {state.Failure?.Party} {state.Failure?.Reason}: {state.Failure?.Detail}");
        return wrong;
    }

    private static string? Wrong(FleetNode node, NodeProgress state) => node.Life.Fault switch
    {
        Fault.None or Fault.SlowAtFirst =>
            state.Verdict != NodeVerdict.Deployed ? "should be deployed"
            : node.BootsFromDisk == 0 ? "is called deployed, and never booted its disk"
            : null,
        Fault.NeverBoots => Failed(state, "SetDeploymentEnv/wait_reboot", "firmware", "deadline"),
        Fault.DiesInAStep => Failed(state, "SetDeploymentEnv/format_deploy_part", "agent", "agent-lost"),
        Fault.DiskError => Failed(state, "SetDeploymentEnv/create_partition_table", "disk", "disk-io-error"),
        Fault.DeafBmc => Failed(state, "SetDeploymentEnv/reboot", "bmc", "bmc-unreachable"),
        Fault.BootsOldSystem => Failed(state, "BootNewEnv/wait_reboot", "installed-system", "deadline"),
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };

    private static string? Failed(NodeProgress state, string stage, string party, string reason) =>
        state.Verdict == NodeVerdict.Failed && state.Failure is { } f && (f.Stage, f.Party, f.Reason) == (stage, party, reason)
            ? null
            : $"should fail in {stage} because of {party}: {reason}";
}
