using System.Buffers.Binary;

namespace Kadeploy.Transfer;

/// <summary>The first message of the connecting side, after the server's challenge. Fixed size, little-endian; layout in docs/chain-protocol.md.</summary>
/// <param name="Accused">Index of the member passed over to come here, or -1.</param>
/// <param name="Verdict">Why, as <see cref="VerdictCode"/>.</param>
internal sealed record Hello(
    HelloKind Kind, Guid TransferId, int Epoch, int Caller, int Server, long From, long Length, ulong Session, int Accused, VerdictCode Verdict)
{
    public const int Size = 72;

    public void Write(Span<byte> b)
    {
        b[..Size].Clear();
        b[0] = 1; // protocol version
        b[1] = (byte)Kind;
        b[2] = (byte)Verdict;
        TransferId.TryWriteBytes(b[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(b[20..], Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(b[24..], Caller);
        BinaryPrimitives.WriteInt32LittleEndian(b[28..], Server);
        BinaryPrimitives.WriteInt32LittleEndian(b[32..], Accused);
        BinaryPrimitives.WriteInt64LittleEndian(b[40..], From);
        BinaryPrimitives.WriteInt64LittleEndian(b[48..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(b[56..], Session);
    }

    /// <summary>Null when the bytes are of another version or protocol.</summary>
    public static Hello? Read(ReadOnlySpan<byte> b) => b[0] != 1 || b[1] is < 1 or > 5
        ? null
        : new Hello((HelloKind)b[1], new Guid(b.Slice(4, 16)), BinaryPrimitives.ReadInt32LittleEndian(b[20..]),
            BinaryPrimitives.ReadInt32LittleEndian(b[24..]), BinaryPrimitives.ReadInt32LittleEndian(b[28..]),
            BinaryPrimitives.ReadInt64LittleEndian(b[40..]), BinaryPrimitives.ReadInt64LittleEndian(b[48..]),
            BinaryPrimitives.ReadUInt64LittleEndian(b[56..]), BinaryPrimitives.ReadInt32LittleEndian(b[32..]), (VerdictCode)b[2]);
}
