namespace Kadeploy.Agent.Steps;

/// <summary>Where a transfer stands at this node; bytes of the image as sent.</summary>
/// <param name="Predecessor">Name of the node that feeds this one; empty while there is none.</param>
/// <param name="Verdicts">"node-7 frozen", those that fell since the last snapshot.</param>
internal sealed record TransferSnapshot(
    string TransferId, ulong Received, ulong Verified, ulong Written, ulong Total, ulong BytesPerSecond, ulong Buffered,
    string Predecessor, string Successor, IReadOnlyList<string> Verdicts);
