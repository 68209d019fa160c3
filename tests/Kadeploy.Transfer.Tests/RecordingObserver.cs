using System.Collections.Concurrent;

namespace Kadeploy.Transfer.Tests;

internal sealed class RecordingObserver : ITransferObserver
{
    public ConcurrentQueue<TransferProgress> Progress { get; } = new();

    public ConcurrentQueue<TransferEvent> Events { get; } = new();

    public ConcurrentQueue<TransferResult> Outcomes { get; } = new();

    public Action<TransferProgress>? Reported { get; set; }

    public void OnProgress(TransferProgress progress)
    {
        Progress.Enqueue(progress);
        Reported?.Invoke(progress);
    }

    public void OnEvent(TransferEvent verdict) => Events.Enqueue(verdict);

    public void OnOutcome(TransferResult result) => Outcomes.Enqueue(result);
}
