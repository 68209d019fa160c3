using Kadeploy.Api.Deployments;
using Kadeploy.Api.Operations;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Progress;

/// <summary>What the user was promised: a table of verdicts and times, and one line that says how many nodes, verified, in which time, and why not the rest.</summary>
internal static class FinalReport
{
    private static readonly string[] MacroSteps = ["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"];

    public static void Write(TextWriter output, DeploymentInfo deployment)
    {
        output.WriteLine();
        if (deployment.Kind != OperationKind.Deployment)
        {
            WriteOperation(output, deployment);
            WriteFailures(output, deployment);
            return;
        }

        Columns.Write(
            output,
            ["NODE", "VERDICT", .. MacroSteps, "TOTAL"],
            deployment.NodeStates.Select(n => (IReadOnlyList<string>)
            [
                n.Node,
                n.Verdict.ToString().ToLowerInvariant(),
                .. MacroSteps.Select(m => Seconds(n, m)),
                n.MacroSeconds is { Count: > 0 } all ? Quantity.Duration(all.Values.Sum()) : "",
            ]));
        output.WriteLine();
        output.WriteLine(Promise(deployment));
        WriteFailures(output, deployment);
    }

    /// <summary>"N of M nodes, verified, in T". It says verified only where a digest was checked and the installed system was seen.</summary>
    internal static string Promise(DeploymentInfo deployment)
    {
        var all = deployment.Summary.Total;
        var good = deployment.NodeStates.Where(n => n.Verdict == NodeVerdict.Deployed).ToList();
        var unproven = good.Where(n => !IsVerified(n)).Select(n => n.Node).ToList();
        var text = $"{good.Count} of {all} node{(all == 1 ? "" : "s")}";
        if (good.Count > 0 && unproven.Count == 0)
            text += ", verified,";
        if (deployment.EndedAt is { } end)
            text += $" in {Quantity.Duration((end - deployment.CreatedAt).TotalSeconds)}";
        var remarks = new List<string>();
        if (deployment.Summary.Stopped > 0)
            remarks.Add($"{deployment.Summary.Stopped} stopped at the breakpoint, as asked");
        if (unproven.Count > 0)
            remarks.Add($"not verified, because no image digest or no boot id was reported: {NodeNames.Fold(unproven)}");
        if (deployment.Summary.Running > 0)
            remarks.Add($"{deployment.Summary.Running} still running");
        if (deployment.Summary.Failed > 0)
            remarks.Add("here is why for the rest:");
        else if (deployment.Summary.Running == 0)
            remarks.Add("none stuck");
        return remarks.Count > 0 ? $"{text}; {string.Join("; ", remarks)}" : text;
    }

    /// <summary>A reboot or a power operation: what became of each node, and how it is now.</summary>
    private static void WriteOperation(TextWriter output, DeploymentInfo operation)
    {
        var power = operation.Kind is OperationKind.Power or OperationKind.PowerStatus;
        Columns.Write(
            output,
            ["NODE", "VERDICT", power ? "POWER" : "BOOT ID", "TIME"],
            operation.NodeStates.Select(n => (IReadOnlyList<string>)
            [
                n.Node,
                n.Verdict.ToString().ToLowerInvariant(),
                (power ? n.Power : n.BootId) ?? "",
                n.MacroSeconds is { Count: > 0 } all ? Quantity.Duration(all.Values.Sum()) : "",
            ]));
        output.WriteLine();
        var time = operation.EndedAt is { } end ? $" in {Quantity.Duration((end - operation.CreatedAt).TotalSeconds)}" : "";
        output.WriteLine($"{Printable.Line(operation.Action)}: {operation.Summary.Deployed} of {operation.Summary.Total} done{time}");
    }

    private static bool IsVerified(NodeProgress node) =>
        node.Proof is { ImageSha256.Length: > 0, BytesVerified: > 0, BootId.Length: > 0 };

    private static void WriteFailures(TextWriter output, DeploymentInfo deployment)
    {
        var groups = deployment.NodeStates
            .Where(n => n.Verdict is NodeVerdict.Failed or NodeVerdict.Cancelled)
            .GroupBy(n => n.Failure);
        foreach (var group in groups)
        {
            var names = NodeNames.Fold(group.Select(n => n.Node));
            output.WriteLine(group.Key is { } f
                ? Printable.Line($"{names}: {f.Reason} in {f.Stage}, by {f.Party}: {f.Detail}").Insert(0, "  ")
                : $"  {names}: {group.First().Verdict.ToString().ToLowerInvariant()}, no reason was reported");
        }
    }

    private static string Seconds(NodeProgress node, string macroStep) =>
        node.MacroSeconds?.TryGetValue(macroStep, out var seconds) == true ? Quantity.Duration(seconds) : "";
}
