using Kadeploy.Agent.Steps;
using Kadeploy.Transfer;

namespace Kadeploy.Agent.Transfers;

/// <summary>Passes on what a hop says of itself. Called on the hop's threads.</summary>
internal sealed class TransferReporter(TransferPlan plan, Action<TransferSnapshot> tell, StepProgress progress) : ITransferObserver
{
    private readonly Lock _gate = new();
    private readonly List<string> _verdicts = [];
    private TransferProgress _last = new(0, 0, 0, 0, "", "", 0, true);

    public void OnProgress(TransferProgress now)
    {
        progress("receive", (ulong)now.Written, (ulong)plan.Manifest.Length);
        lock (_gate)
            _last = now;
        Tell();
    }

    public void OnEvent(TransferEvent verdict)
    {
        Log.Line($"transfer: {verdict.Member} {verdict.Reason} at {verdict.Offset}: {verdict.Detail}");
        lock (_gate)
            _verdicts.Add($"{verdict.Member} {verdict.Reason}");
        Tell();
    }

    public void OnOutcome(TransferResult result)
    {
        // The step's result says it.
    }

    private void Tell()
    {
        TransferSnapshot snapshot;
        lock (_gate)
        {
            snapshot = new TransferSnapshot(
                plan.TransferId.ToString(), (ulong)_last.Received, (ulong)_last.Verified, (ulong)_last.Written, (ulong)plan.Manifest.Length,
                (ulong)Math.Max(0, _last.Rate), (ulong)(_last.BufferFill * plan.Tunables.RingBytes), _last.Predecessor, _last.Successor, [.. _verdicts]);
            _verdicts.Clear();
        }
        tell(snapshot);
    }
}
