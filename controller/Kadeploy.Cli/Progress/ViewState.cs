using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Progress;

/// <summary>A deployment at one moment.</summary>
/// <param name="Rows">Every node.</param>
/// <param name="ConnectionLost">Why nothing new comes, or null.</param>
/// <param name="Good">What a good node is called.</param>
internal sealed record ViewState(IReadOnlyList<NodeRow> Rows, string? ConnectionLost, string Good = "deployed")
{
    public int Count(NodeVerdict verdict) => Rows.Count(r => r.Verdict == verdict);

    /// <summary>The node that limits its chain, else the one whose bytes are furthest behind; null while none moves any.</summary>
    public NodeRow? Slowest => Rows.Where(r => r.IsMeasured).OrderBy(r => r.HoldsUp is null ? 1 : 0).ThenBy(r => r.Fraction).FirstOrDefault();

    /// <summary>The running node that has been in its step for the longest time.</summary>
    public NodeRow? LongestWaiting => Rows.Where(r => r.Verdict == NodeVerdict.Running && r.MicroStep.Length > 0).MinBy(r => r.Since);

    /// <summary>Where every node is: the counts, then a line for each step or verdict with its nodes.</summary>
    public IEnumerable<string> Status(DateTimeOffset now) => Rows
        .GroupBy(r => r.Failure is { } f ? $"{Word(r.Verdict)}: {f.Reason} in {f.Stage}" : r.Verdict != NodeVerdict.Running ? Word(r.Verdict) : r.MicroStep.Length > 0 ? $"{r.MacroStep}/{r.MicroStep}" : "waiting")
        .OrderBy(g => g.Min(r => r.Since))
        .Select(g => $"  {Printable.Line(g.Key, 200)}  {NodeNames.Fold(g.Select(r => r.Node))}{Spent(g, now)}")
        .Prepend(Describe(now));

    /// <summary>Counts, and who holds everyone up: one line.</summary>
    public string Describe(DateTimeOffset now)
    {
        var failed = Count(NodeVerdict.Failed) + Count(NodeVerdict.Cancelled);
        var stopped = Count(NodeVerdict.Stopped) is > 0 and var n ? $", {n} stopped" : "";
        var done = Count(NodeVerdict.Done);
        var good = done > 0 ? $"{done} done" : $"{Count(NodeVerdict.Deployed)} {Good}";
        var text = $"{good}, {failed} failed{stopped}, {Count(NodeVerdict.Running)} running";
        if (Slowest is { } slow)
        {
            var left = slow.Left is { } time ? $", there in about {Quantity.Duration(time.TotalSeconds)}" : "";
            var rate = slow.BytesPerSecond > 0 ? Quantity.Rate(slow.BytesPerSecond) : "not moving";
            return $"{text}; slowest: {slow.Node}{(slow.HoldsUp is { } what ? $" ({what})" : "")}, {slow.Fraction * 100:0}% of {Quantity.Bytes(slow.Total)}, {rate}{left}";
        }

        return LongestWaiting is { } waiting
            ? $"{text}; longest {waiting.Node}: {waiting.MicroStep} for {Quantity.Duration((now - waiting.Since).TotalSeconds)}"
            : text;
    }

    private string Word(NodeVerdict verdict) => verdict == NodeVerdict.Deployed ? Good : verdict.ToString().ToLowerInvariant();

    private static string Spent(IEnumerable<NodeRow> rows, DateTimeOffset now) =>
        rows.Where(r => r.Verdict == NodeVerdict.Running).Select(r => (TimeSpan?)(now - r.Since)).Max() is { } longest ? $", for {Quantity.Duration(longest.TotalSeconds)}" : "";
}
