using System.Buffers.Binary;

namespace Kadeploy.Transfer;

/// <summary>The server's signed answer to a <see cref="Hello"/>.</summary>
/// <param name="From">First offset that will be sent (or, when not here, the lowest held).</param>
/// <param name="Length">Bytes that will be sent.</param>
/// <param name="Session">Names an accepted link on its data connection.</param>
internal sealed record Welcome(HelloStatus Status, int Epoch, long From, long Length, ulong Session)
{
    public const int Size = 32;

    public static Welcome Only(HelloStatus status) => new(status, 0, 0, 0, 0);

    public void Write(Span<byte> b)
    {
        b[..Size].Clear();
        b[0] = (byte)Status;
        BinaryPrimitives.WriteInt32LittleEndian(b[4..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(b[8..], From);
        BinaryPrimitives.WriteInt64LittleEndian(b[16..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(b[24..], Session);
    }

    public static Welcome Read(ReadOnlySpan<byte> b) => new((HelloStatus)b[0], BinaryPrimitives.ReadInt32LittleEndian(b[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(b[8..]), BinaryPrimitives.ReadInt64LittleEndian(b[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(b[24..]));
}
