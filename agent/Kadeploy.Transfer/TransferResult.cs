using System.Collections.Immutable;

namespace Kadeploy.Transfer;

/// <summary>A node's proof, or its failure. Success means: every block verified, written and flushed.</summary>
public sealed record TransferResult
{
    /// <summary>Null on success.</summary>
    public TransferFailure? Failure { get; init; }

    /// <summary>Every block verified, written and flushed.</summary>
    public bool Success => Failure is null;

    /// <summary>Bytes whose block digest was checked and found right.</summary>
    public long BytesVerified { get; init; }

    /// <summary>Bytes the sink accepted.</summary>
    public long BytesWritten { get; init; }

    /// <summary>Blocks that arrived wrong, and who gave the right ones.</summary>
    public ImmutableArray<Refetch> Refetched { get; init; } = [];

    /// <summary>Seconds from the start to the flush of the last byte.</summary>
    public double Seconds { get; init; }

    /// <summary>SHA-256 of the whole image, proven by its blocks; empty on failure.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>Serial number of the disk the image was written to; empty on failure, or when it has none.</summary>
    public string DiskSerial { get; init; } = "";

    /// <summary>Verdicts in the order they fell, at most the first 100.</summary>
    public ImmutableArray<TransferEvent> Events { get; init; } = [];
}
