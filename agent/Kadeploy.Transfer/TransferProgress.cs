namespace Kadeploy.Transfer;

/// <summary>Where a node stands. All counts in bytes of the image as sent (compressed).</summary>
/// <param name="Received">Contiguous bytes received.</param>
/// <param name="Verified">Contiguous bytes verified.</param>
/// <param name="Written">Bytes given to the sink and accepted by it.</param>
/// <param name="Rate">Bytes received per second since the last report.</param>
/// <param name="Predecessor">Who feeds this node, or empty.</param>
/// <param name="Successor">Whom this node feeds, or empty.</param>
/// <param name="BufferFill">Share of the ring that waits for the sink or the successor, 0 to 1.</param>
/// <param name="InLine">False once the node is served on its own.</param>
public sealed record TransferProgress(
    long Received, long Verified, long Written, double Rate, string Predecessor, string Successor, double BufferFill, bool InLine);
