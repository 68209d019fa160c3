namespace Kadeploy.Transfer;

/// <summary>What a member can give to others: the head its image, a node its ring and its written copy.</summary>
internal interface IStore
{
    long Length { get; }

    /// <summary>How far the line has gone on here; 0 at the head, which can begin anywhere.</summary>
    long Reached { get; }

    /// <summary>
    /// Bytes at an offset. <paramref name="verified"/>: only checked ones, as everything but the line's own data is.
    /// Waits up to <paramref name="milliseconds"/>. Verified data is a copy in the scratch; the line's own is a view of the ring, which its
    /// link holds back.
    /// </summary>
    Taken Take(long offset, bool verified, ref byte[] scratch, int milliseconds, out ReadOnlySpan<byte> data);

    /// <summary>Waits up to <paramref name="milliseconds"/> for a byte at an offset that is not here yet.</summary>
    void Await(long offset, int milliseconds);

    /// <summary>Lowest offset not below <paramref name="offset"/> that can be given now or later.</summary>
    long LowestFrom(long offset);

    /// <summary>Member index that block came wrong from, or -1: lets the next node name the right culprit.</summary>
    int CulpritOf(int block);

    /// <summary>The caller's copy buffer, made when first needed: a node that sends straight from its ring never needs one.</summary>
    static Span<byte> Room(ref byte[] scratch) => scratch.Length > 0 ? scratch : scratch = GC.AllocateUninitializedArray<byte>(1 << 20, pinned: true);
}

internal enum Taken
{
    Data,
    NotYet,
    Gone,
    Closed,
}
