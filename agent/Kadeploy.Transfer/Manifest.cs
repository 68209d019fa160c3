using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Kadeploy.Transfer;

/// <summary>
/// What an image is: its length, the SHA-256 of every block and of the whole. Made once when the image is registered
/// (<see cref="Compute(Stream, int, Action{long}?, CancellationToken)"/>), stored and sent as <see cref="ToBytes"/>, and handed to every
/// node over the authenticated control channel, never over the chain itself.
/// </summary>
public sealed class Manifest
{
    /// <summary>Block size used unless another is asked for, in bytes. 1 MiB: 32 bytes of digest per MiB, and a bad block costs 1 MiB.</summary>
    public const int DefaultBlockSize = 1 << 20;

    /// <summary>Smallest and largest block size accepted, in bytes.</summary>
    public const int MinBlockSize = 4096, MaxBlockSize = 4 << 20;

    private const uint Magic = 0x314D484B; // "KHM1"
    private const int HeaderSize = 4 + 4 + 8 + 32;
    private readonly byte[] _digests;
    private readonly byte[] _sha256;

    private Manifest(long length, int blockSize, byte[] digests, byte[] sha256)
    {
        (Length, BlockSize, _digests, _sha256) = (length, blockSize, digests, sha256);
        BlockCount = Count(length, blockSize);
    }

    /// <summary>Length of the image in bytes.</summary>
    public long Length { get; }

    /// <summary>Bytes per block; the last block may be shorter.</summary>
    public int BlockSize { get; }

    /// <summary>Number of blocks; 0 for an empty image.</summary>
    public int BlockCount { get; }

    /// <summary>SHA-256 of the whole image, lower-case hex.</summary>
    public string Sha256 => Convert.ToHexStringLower(_sha256);

    /// <summary>SHA-256 of one block (32 bytes).</summary>
    public ReadOnlySpan<byte> Digest(int block) => _digests.AsSpan(block * 32, 32);

    /// <summary>Length of one block in bytes.</summary>
    public int LengthOf(int block) => (int)Math.Min(BlockSize, Length - (long)block * BlockSize);

    /// <summary>Whether <paramref name="data"/> is exactly block number <paramref name="block"/>.</summary>
    public bool Matches(int block, ReadOnlySpan<byte> data)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(data, digest);
        return data.Length == LengthOf(block) && digest.SequenceEqual(Digest(block));
    }

    /// <summary>Reads a stream to its end and makes its manifest. <paramref name="progress"/> is given the bytes read so far.</summary>
    public static Manifest Compute(Stream image, int blockSize = DefaultBlockSize, Action<long>? progress = null, CancellationToken cancel = default)
    {
        CheckBlockSize(blockSize);
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var digests = new MemoryStream();
        var block = new byte[blockSize];
        Span<byte> digest = stackalloc byte[32];
        long length = 0;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var read = image.ReadAtLeast(block, blockSize, throwOnEndOfStream: false);
            if (read == 0)
                break;
            whole.AppendData(block, 0, read);
            SHA256.HashData(block.AsSpan(0, read), digest);
            digests.Write(digest);
            length += read;
            progress?.Invoke(length);
            if (read < blockSize)
                break;
        }
        return new Manifest(length, blockSize, digests.ToArray(), whole.GetHashAndReset());
    }

    /// <summary>Makes the manifest of a file. Throws what opening and reading a file throws.</summary>
    public static Manifest Compute(string path, int blockSize = DefaultBlockSize, Action<long>? progress = null, CancellationToken cancel = default)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        return Compute(file, blockSize, progress, cancel);
    }

    /// <summary>Compact form: 48 bytes and 32 bytes per block, little-endian.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderSize + _digests.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), BlockSize);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Length);
        _sha256.CopyTo(bytes, 16);
        _digests.CopyTo(bytes, HeaderSize);
        return bytes;
    }

    /// <summary>Reads <see cref="ToBytes"/> back; throws <see cref="FormatException"/> when the bytes are not a manifest.</summary>
    public static Manifest FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
            throw new FormatException("not a manifest");
        var blockSize = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        var length = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        if (blockSize is < MinBlockSize or > MaxBlockSize || length < 0 || (bytes.Length - HeaderSize) % 32 != 0
            || (length + blockSize - 1) / blockSize != (bytes.Length - HeaderSize) / 32)
            throw new FormatException("manifest with wrong sizes");
        return new Manifest(length, blockSize, bytes[HeaderSize..].ToArray(), bytes[16..HeaderSize].ToArray());
    }

    private static int Count(long length, int blockSize) => checked((int)((length + blockSize - 1) / blockSize));

    private static void CheckBlockSize(int blockSize)
    {
        if (blockSize is < MinBlockSize or > MaxBlockSize)
            throw new ArgumentOutOfRangeException(nameof(blockSize), blockSize, $"a block has {MinBlockSize} to {MaxBlockSize} bytes");
    }
}
