using System.Globalization;
using Kadeploy.Agent.Transfers;
using Kadeploy.Transfer;

namespace Kadeploy.Agent.Steps;

/// <summary>
/// Takes this node's place in the chain: (1) the plan, (2) the sink, (3) receive, verify, relay and write, (4) what is left to do, (5) the proof.
/// </summary>
/// <param name="node">This machine's name in the plan.</param>
/// <param name="readPlan">Made late: a plan that cannot be read is this step's failure.</param>
internal sealed class ReceiveStep(
    ImageSinks sinks, TransferHost transfers, Action<TransferSnapshot> tell, string node, Func<Result<TransferPlan>> readPlan, ImageTarget target) : IStep
{
    // Several reports a second where the plan says less: a person watches them.
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(400);

    // What the proof names of blocks that came wrong; the count says how many there were.
    private const int MostNamed = 32;

    public string Title => "receive the image";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        // 1
        if (readPlan().Failed(out var failure, out var plan))
            return failure;
        if (transfers.Listener is not { } listener)
            return new StepFailed(Party.Agent, "no-chain-port", "this agent could not open its port for the chain when it started");
        if (plan.Tunables.ProgressInterval > ReportInterval)
            plan = plan with { Tunables = plan.Tunables with { ProgressInterval = ReportInterval } };
        // 2
        if ((await sinks.OpenAsync(target, plan.TransferId, cancellation)).Failed(out failure, out var opened))
            return failure;
        using var sink = opened;
        // 3
        progress("receive", 0, (ulong)plan.Manifest.Length);
        var hop = new ChainHop(listener, plan, node, sink.Sink, new TransferReporter(plan, tell, progress));
        var result = await transfers.RunAsync(plan.TransferId, hop, cancellation);
        if (result.Failure is { } broken)
        {
            sink.Discard();
            cancellation.ThrowIfCancellationRequested();
            return new StepFailed(PartyOf(broken.Party), broken.Reason, broken.Detail);
        }
        // 4
        if (await sink.Finish(cancellation) is { } unfinished)
        {
            sink.Discard();
            return unfinished;
        }
        // 5
        var facts = new Dictionary<string, string>(sink.Facts)
        {
            ["image-sha256"] = result.Sha256,
            ["bytes-verified"] = $"{result.BytesVerified}",
            ["bytes-written"] = $"{result.BytesWritten}",
            ["refetched"] = $"{result.Refetched.Length}",
            // "block:bad from:good from", by member names, which have neither colon nor semicolon.
            ["refetched-blocks"] = string.Join(';', result.Refetched.Take(MostNamed).Select(each => $"{each.Block}:{each.BadFrom}:{each.GoodFrom}")),
            ["transfer-seconds"] = result.Seconds.ToString("0.000", CultureInfo.InvariantCulture),
        };
        if (result.DiskSerial.Length > 0)
            facts["disk-serial"] = result.DiskSerial;
        return new StepDone(facts);
    }

    private static string PartyOf(Kadeploy.Transfer.Party party) => party switch
    {
        Kadeploy.Transfer.Party.Predecessor => "predecessor",
        Kadeploy.Transfer.Party.Successor => "successor",
        Kadeploy.Transfer.Party.Head or Kadeploy.Transfer.Party.Controller => Party.Controller,
        Kadeploy.Transfer.Party.Sink => Party.Disk,
        _ => Party.Agent,
    };
}
