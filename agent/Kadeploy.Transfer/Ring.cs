using System.Runtime.InteropServices;

namespace Kadeploy.Transfer;

/// <summary>
/// The bounded memory of a node: the last <see cref="Capacity"/> bytes of the image, addressed by image offset. One thread fills it, the
/// verifier and the sink follow, servers read it. Blocks never wrap, because the capacity is a whole number of blocks.
/// <para>Counters only grow: sunk ≤ verified ≤ received ≤ reserved ≤ sunk + capacity. Bytes below reserved − capacity are gone.</para>
/// </summary>
internal sealed unsafe class Ring
{
    private readonly byte* _memory;
    private readonly Manifest _manifest;
    private long _received, _reserved, _verified, _sunk;
    private volatile bool _closed;

    public Ring(Manifest manifest, int bytes, int relayUnit)
    {
        _manifest = manifest;
        var blocks = Math.Max(4, bytes / manifest.BlockSize);
        Capacity = (long)Math.Min(blocks, Math.Max(1, manifest.BlockCount)) * manifest.BlockSize;
        Unit = (int)Math.Min(relayUnit, Capacity / 8);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Capacity, 4096);
    }

    public long Capacity { get; }

    /// <summary>
    /// Room worth waiting for, and the most that a receiver waits for before it passes on what came. At most an eighth of the ring: a receiver
    /// that waited for more than its predecessor may send ahead of what is verified here would wait for ever.
    /// </summary>
    public int Unit { get; }

    public long Length => _manifest.Length;

    public long Received => Volatile.Read(ref _received);

    public long Verified => Volatile.Read(ref _verified);

    public long Sunk => Volatile.Read(ref _sunk);

    public bool Closed => _closed;

    /// <summary>Lowest offset whose bytes are still here.</summary>
    public long Low => Math.Max(0, Volatile.Read(ref _reserved) - Capacity);

    public Signal Room { get; } = new();

    public Signal Data { get; } = new();

    /// <summary>A whole block more is here: who waits for one is not woken for every piece of it.</summary>
    public Signal Blocks { get; } = new();

    public Signal VerifiedMoved { get; } = new();

    /// <summary>What the successor allows: the highest offset that may be received now. Set once, before use.</summary>
    public Func<long> SuccessorLimit { get; set; } = () => long.MaxValue;

    /// <summary>Passes on what came, and says whether nothing is left to pass on by others. Set once, before use.</summary>
    public Func<bool> Forward { get; set; } = () => false;

    /// <summary>
    /// Waits for room of at least <see cref="Unit"/> bytes (less at the end of a block) and returns it; empty when nothing came free in
    /// <paramref name="milliseconds"/> or the ring is closed. What is returned no longer holds old bytes.
    /// </summary>
    public Span<byte> TakeRoom(int max, int milliseconds)
    {
        var at = _received;
        var block = (int)(at / _manifest.BlockSize);
        var toBlockEnd = (long)block * _manifest.BlockSize + _manifest.LengthOf(block) - at;
        var want = Math.Min(Unit, toBlockEnd);
        // Looked at once: the limit falls when a successor is lost.
        var free = FreeAt(at);
        if (free < want && Room.Wait(() => _closed || FreeAt(at) >= want, milliseconds))
            free = FreeAt(at);
        if (_closed || free < want)
            return default;
        var take = (int)Math.Min(Math.Min(free, toBlockEnd), max);
        var end = at + take;
        if (end > Volatile.Read(ref _reserved))
        {
            Volatile.Write(ref _reserved, end);
            Interlocked.MemoryBarrier();
        }
        return new Span<byte>(_memory + at % Capacity, take);
    }

    // An image that fits is never overwritten, so nothing holds it up.
    private long FreeAt(long at) => (Capacity >= Length ? Length : Math.Min(Sunk + Capacity, SuccessorLimit())) - at;

    /// <summary>The next <paramref name="count"/> bytes of the room were filled.</summary>
    public void Fill(int count)
    {
        Volatile.Write(ref _received, _received + count);
        if (!Forward())
            Data.Set();
        if (_received % _manifest.BlockSize == 0 || _received == Length)
            Blocks.Set();
    }

    /// <summary>Bytes at <paramref name="offset"/> that were received, up to the end of their block or memory; 0 bytes: not yet; null: gone.</summary>
    public bool TryView(long offset, long below, out ReadOnlySpan<byte> view)
    {
        view = default;
        if (offset < Low)
            return false;
        var end = Math.Min(below, Received);
        if (end > offset)
        {
            var at = offset % Capacity;
            view = new ReadOnlySpan<byte>(_memory + at, (int)Math.Min(Math.Min(end - offset, Capacity - at), int.MaxValue));
        }
        return true;
    }

    /// <summary>The memory of a whole block that is in the ring, for verifying it and for putting a right copy in its place.</summary>
    public Span<byte> Block(int block) => new(_memory + (long)block * _manifest.BlockSize % Capacity, _manifest.LengthOf(block));

    /// <summary>Waits until the next block to verify is whole; -1 when the time is over, the ring closed or all done.</summary>
    public int NextToVerify(int milliseconds)
    {
        var block = (int)(_verified / _manifest.BlockSize);
        if (block >= _manifest.BlockCount)
            return -1;
        var end = _verified + _manifest.LengthOf(block);
        return (Received >= end || Blocks.Wait(() => _closed || Received >= end, milliseconds)) && !_closed ? block : -1;
    }

    /// <summary>
    /// Hashes the block, and those after it that are whole when several at once are faster; says of each whether it is right, and returns how many it was.
    /// </summary>
    public int Check(int first, Span<bool> right)
    {
        var size = _manifest.BlockSize;
        var whole = (int)Math.Min(Math.Min(Received, Length / size * size) / size - first, right.Length);
        if (whole < ParallelSha256.Worth || whole < 2 || size % 64 != 0)
        {
            right[0] = _manifest.Matches(first, Block(first));
            return 1;
        }
        Span<nint> blocks = stackalloc nint[whole];
        Span<byte> digests = stackalloc byte[whole * 32];
        for (var i = 0; i < whole; i++)
            blocks[i] = (nint)(_memory + (long)(first + i) * size % Capacity);
        ParallelSha256.Hash(blocks, size, digests);
        for (var i = 0; i < whole; i++)
            right[i] = digests.Slice(i * 32, 32).SequenceEqual(_manifest.Digest(first + i));
        return whole;
    }

    public void MarkVerified(int block)
    {
        Volatile.Write(ref _verified, (long)block * _manifest.BlockSize + _manifest.LengthOf(block));
        VerifiedMoved.Set();
    }

    public void MarkSunk(long to)
    {
        Volatile.Write(ref _sunk, to);
        Room.Set();
    }

    /// <summary>Ends every wait. The memory stays until <see cref="Free"/>, which the owner calls once, after the last thread that may look at it.</summary>
    public void Close()
    {
        _closed = true;
        Room.Set();
        Data.Set();
        Blocks.Set();
        VerifiedMoved.Set();
    }

    public void Free() => NativeMemory.AlignedFree(_memory);
}
