using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace Kadeploy.Transfer;

/// <summary>
/// SHA-256 (FIPS 180-4) of several blocks of one length at once. The instructions for one stream wait for each other's results half of the time; two
/// streams fill each other's gaps, and without such instructions eight streams share the vector unit. The code is OpenSSL's sha256_multi_block
/// (crypto/sha/asm/sha256-mb-x86_64.pl), which the static agent has in it anyway; a process without it hashes block by block.
/// </summary>
internal static unsafe partial class ParallelSha256
{
    private const int Chunk = 64, Words = 8, Slots = 8;

    private static ReadOnlySpan<uint> Start =>
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    /// <summary>How many blocks at once are fastest here; 1: only one by one.</summary>
    public static int Lanes { get; } = Probe();

    /// <summary>From how many blocks on it is worth it: the lanes that are left empty cost as much as the others.</summary>
    public static int Worth => Lanes > 2 ? Lanes / 2 : Lanes;

    /// <summary>The digests, 32 bytes each, of up to <see cref="Lanes"/> blocks; their length is a multiple of 64.</summary>
    public static void Hash(ReadOnlySpan<nint> blocks, int length, Span<byte> digests)
    {
        var room = stackalloc byte[Words * Slots * sizeof(uint) + 32];
        var state = (uint*)(((nuint)room + 31) & ~(nuint)31);
        for (var i = 0; i < Words * Slots; i++)
            state[i] = Start[i / Slots];

        var padding = stackalloc byte[Chunk];
        new Span<byte>(padding, Chunk).Clear();
        padding[0] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(new Span<byte>(padding + Chunk - 8, 8), (ulong)length * 8);

        var inputs = stackalloc Input[Slots];
        for (var i = 0; i < Slots; i++)
            inputs[i] = i < blocks.Length ? new Input((byte*)blocks[i], length / Chunk) : default;
        var groups = (blocks.Length + 3) / 4;
        MultiBlock(state, inputs, groups);
        for (var i = 0; i < blocks.Length; i++)
            inputs[i] = new Input(padding, 1);
        for (var i = blocks.Length; i < Slots; i++)
            inputs[i] = default;
        MultiBlock(state, inputs, groups);

        for (var i = 0; i < blocks.Length; i++)
            for (var word = 0; word < Words; word++)
                BinaryPrimitives.WriteUInt32BigEndian(digests[(i * 32 + word * 4)..], state[word * Slots + i]);
    }

    // What is not there, or not what it should be, is not used.
    private static int Probe()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
            return 1;
        var hasSha = (X86Base.CpuId(7, 0).Ebx >> 29 & 1) != 0;
        var lanes = hasSha ? 2 : Avx2.IsSupported ? 8 : 1;
        if (lanes == 1)
            return 1;
        var data = new byte[lanes * 3 * Chunk];
        for (var i = 0; i < data.Length; i++)
            data[i] = (byte)(i * 31 + i / 7);
        var digests = new byte[lanes * 32];
        try
        {
            fixed (byte* p = data)
            {
                Span<nint> blocks = stackalloc nint[lanes];
                for (var i = 0; i < lanes; i++)
                    blocks[i] = (nint)(p + i * 3 * Chunk);
                Hash(blocks, 3 * Chunk, digests);
            }
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return 1;
        }
        for (var i = 0; i < lanes; i++)
            if (!SHA256.HashData(data.AsSpan(i * 3 * Chunk, 3 * Chunk)).AsSpan().SequenceEqual(digests.AsSpan(i * 32, 32)))
                return 1;
        return lanes;
    }

    /// <summary>OpenSSL's HASH_DESC (providers/implementations/ciphers/cipher_aes_cbc_hmac_sha256_hw.c).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Input(byte* bytes, int chunks)
    {
        private readonly byte* _bytes = bytes;
        private readonly int _chunks = chunks;
    }

    /// <param name="state">SHA256_MB_CTX: eight words, each for eight streams, aligned to 32 bytes.</param>
    /// <param name="groups">1 for up to four streams, 2 for up to eight.</param>
    [LibraryImport("libcrypto", EntryPoint = "sha256_multi_block")]
    private static partial void MultiBlock(uint* state, Input* inputs, int groups);
}
