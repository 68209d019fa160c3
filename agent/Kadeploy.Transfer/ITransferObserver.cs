namespace Kadeploy.Transfer;

/// <summary>
/// Is told how a transfer goes, on threads of the transfer: return quickly, do not block on the network, do not throw.
/// </summary>
public interface ITransferObserver
{
    /// <summary>At the plan's interval, and once at the end.</summary>
    void OnProgress(TransferProgress progress);

    /// <summary>A verdict, as it falls.</summary>
    void OnEvent(TransferEvent verdict);

    /// <summary>
    /// This node's own outcome is known (on success: flushed). <c>RunAsync</c> itself returns later, when nobody needs this node any more.
    /// </summary>
    void OnOutcome(TransferResult result);
}
