using System.Globalization;
using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Output;

/// <summary>Deployments as a table, and one in full.</summary>
internal static class DeploymentTable
{
    public static void Write(TextWriter output, IEnumerable<DeploymentSummary> deployments) => Columns.Write(
        output,
        ["ID", "STATE", "STARTED", "TIME", "USER", "WHAT", "DONE", "FAILED", "RUNNING", "NODES"],
        deployments.Select(d => (IReadOnlyList<string>)
        [
            d.Id,
            d.State.ToString().ToLowerInvariant(),
            d.CreatedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            d.EndedAt is { } end ? Quantity.Duration((end - d.CreatedAt).TotalSeconds) : "",
            d.User,
            d.Environment.Length > 0 && d.Action == "deploy" ? d.Environment : d.Action,
            Number(d.Summary.Deployed),
            Number(d.Summary.Failed),
            Number(d.Summary.Running),
            d.Nodes,
        ]));

    public static void WriteSheet(TextWriter output, DeploymentInfo deployment, bool steps)
    {
        output.WriteLine($"{Printable.Line(deployment.Action)} {Printable.Line(deployment.Id)}: {(deployment.Environment.Length > 0 ? Printable.Line(deployment.Environment) + " " : "")}on {Printable.Line(deployment.Nodes)}");
        output.WriteLine($"{deployment.State.ToString().ToLowerInvariant()}, started {deployment.CreatedAt:u} by {Printable.Line(deployment.User)}");
        FinalReport.Write(output, deployment);
        WriteRunning(output, deployment);
        WriteProofs(output, deployment);
        if (steps)
            WriteSteps(output, deployment);
    }

    private static void WriteRunning(TextWriter output, DeploymentInfo deployment)
    {
        foreach (var node in deployment.NodeStates.Where(n => n.Verdict == NodeVerdict.Running))
        {
            var bytes = node.Total > 0 ? $" {Quantity.Bytes(node.Done)} of {Quantity.Bytes(node.Total)}" : "";
            output.WriteLine("  " + Printable.Line($"{node.Node}: {node.MicroStep ?? "waiting"}{bytes} {node.Activity}"));
        }
    }

    private static void WriteProofs(TextWriter output, DeploymentInfo deployment)
    {
        var proven = deployment.NodeStates.Where(n => n.Proof is not null).ToList();
        if (proven.Count == 0)
            return;
        output.WriteLine();
        Columns.Write(output, ["NODE", "BOOT ID", "TRANSFER", "VERIFIED", "WRITTEN", "REFETCHED", "DISK", "IMAGE SHA256"], proven.Select(n => (IReadOnlyList<string>)
        [
            n.Node,
            n.Proof!.BootId ?? "",
            n.Proof.Seconds is { } seconds ? Quantity.Duration(seconds) : "",
            Quantity.Bytes(n.Proof.BytesVerified),
            Quantity.Bytes(n.Proof.BytesWritten),
            Refetches.Describe(n.Proof),
            n.Proof.DiskSerial ?? "",
            n.Proof.ImageSha256 ?? "",
        ]));
    }

    private static void WriteSteps(TextWriter output, DeploymentInfo deployment)
    {
        output.WriteLine();
        Columns.Write(output, ["NODE", "MACRO-STEP", "MICRO-STEP", "ATTEMPT", "TIME", "OUTCOME"], deployment.NodeStates.SelectMany(n =>
            (n.Steps ?? []).Select(s => (IReadOnlyList<string>)
                [n.Node, s.MacroStep, s.MicroStep, Number(s.Attempt), Quantity.Duration(s.Seconds), s.Outcome])));
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
