namespace Kadeploy.ChainNode;

/// <summary>Events and the own outcome on stdout; progress when CHAIN_PROGRESS is set.</summary>
internal sealed class PrintingObserver : ITransferObserver
{
    private readonly bool _progress = Environment.GetEnvironmentVariable("CHAIN_PROGRESS") is not null;

    public void OnProgress(TransferProgress progress)
    {
        if (_progress)
            Console.WriteLine($"progress {progress.Received} {progress.Verified} {progress.Written} {progress.Rate:0} {progress.Predecessor} {progress.Successor}");
    }

    public void OnEvent(TransferEvent verdict) => Console.WriteLine($"event {verdict.Party} {verdict.Member} {verdict.Reason}: {verdict.Detail}");

    public void OnOutcome(TransferResult result) => Console.WriteLine($"outcome {(result.Success ? "success" : result.Failure!.Reason)} {result.Seconds:0.000}");
}
