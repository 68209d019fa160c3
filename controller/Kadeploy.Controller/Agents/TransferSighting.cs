namespace Kadeploy.Controller.Agents;

/// <summary>How a node's part of a chain stands. Counts in bytes of the image as sent.</summary>
internal sealed record TransferSighting(
    long Received,
    long Verified,
    long Written,
    long Total,
    long BytesPerSecond,
    long Buffered,
    string Predecessor,
    string Successor,
    IReadOnlyList<string> Verdicts);
