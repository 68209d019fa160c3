using System.Globalization;
using Kadeploy.Api.Broadcasts;

namespace Kadeploy.Cli.Output;

/// <summary>Broadcasts as a table, and one in full.</summary>
internal static class BroadcastTable
{
    public static void Write(TextWriter output, IEnumerable<BroadcastInfo> broadcasts) => Columns.Write(
        output,
        ["ID", "STATE", "STARTED", "TIME", "USER", "FILE", "SIZE", "TO", "DONE", "FAILED", "RUNNING", "NODES"],
        broadcasts.Select(b => (IReadOnlyList<string>)
        [
            b.Id,
            b.State.ToString().ToLowerInvariant(),
            b.CreatedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            b.EndedAt is { } end ? Quantity.Duration((end - b.CreatedAt).TotalSeconds) : "",
            b.User,
            b.File,
            Quantity.Bytes(b.Bytes),
            b.Path,
            Number(b.Summary.Done),
            Number(b.Summary.Failed),
            Number(b.Summary.Running),
            b.Nodes,
        ]));

    public static void WriteSheet(TextWriter output, BroadcastInfo broadcast)
    {
        output.WriteLine($"broadcast {Printable.Line(broadcast.Id)}: {Printable.Line(broadcast.File)} to {Printable.Line(broadcast.Path)} on {Printable.Line(broadcast.Nodes)}");
        output.WriteLine($"{broadcast.State.ToString().ToLowerInvariant()}, started {broadcast.CreatedAt:u} by {Printable.Line(broadcast.User)}");
        foreach (var node in broadcast.NodeStates.Where(n => n.Verdict == BroadcastVerdict.Running))
            output.WriteLine("  " + Printable.Line($"{node.Node}: {Quantity.Bytes(node.Done)} of {Quantity.Bytes(node.Total)} {node.Activity}"));
        WriteReport(output, broadcast);
    }

    /// <summary>What each node has to show, and one line that says how many nodes, verified, in which time, and why not the rest.</summary>
    public static void WriteReport(TextWriter output, BroadcastInfo broadcast)
    {
        output.WriteLine();
        Columns.Write(output, ["NODE", "VERDICT", "TIME", "VERIFIED", "WRITTEN", "REFETCHED", "DISK"], broadcast.NodeStates.Select(n => (IReadOnlyList<string>)
        [
            n.Node,
            n.Verdict.ToString().ToLowerInvariant(),
            n.Proof?.Seconds is { } seconds ? Quantity.Duration(seconds) : "",
            n.Proof is { } p ? Quantity.Bytes(p.BytesVerified) : "",
            n.Proof is { } w ? Quantity.Bytes(w.BytesWritten) : "",
            n.Proof is { } r ? Refetches.Describe(r) : "",
            n.Proof?.DiskSerial ?? "",
        ]));
        output.WriteLine();
        var (done, all) = (broadcast.Summary.Done, broadcast.Summary.Total);
        var time = broadcast.EndedAt is { } end ? $" in {Quantity.Duration((end - broadcast.CreatedAt).TotalSeconds)}" : "";
        output.WriteLine(
            $"{done} of {all} node{(all == 1 ? "" : "s")}{(done > 0 ? ", verified," : "")}{time}; sha256 {broadcast.Sha256}"
            + (broadcast.Summary.Failed > 0 ? "; here is why for the rest:" : ""));
        foreach (var group in broadcast.NodeStates.Where(n => n.Failure is not null).GroupBy(n => n.Failure!))
            output.WriteLine("  " + Printable.Line($"{NodeNames.Fold(group.Select(n => n.Node))}: {group.Key.Reason}, by {group.Key.Party}: {group.Key.Detail}"));
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
