using System.Buffers.Binary;

namespace Kadeploy.Transfer;

/// <summary>What a <see cref="ControlFrame"/> says.</summary>
internal enum FrameKind : byte
{
    /// <summary>I live, and this is where I am.</summary>
    Status = 1,

    /// <summary>The sender leaves the line; the receiver goes on without it.</summary>
    Leave = 2,

    /// <summary>The receiver is out of the line: another has its place.</summary>
    Evict = 3,

    /// <summary>Measure the path from <see cref="ControlFrame.Index"/> to you, and answer with <see cref="ProbeResult"/>.</summary>
    Probe = 4,

    /// <summary>The bytes per second found, in <see cref="ControlFrame.Rate"/>.</summary>
    ProbeResult = 5,
}

/// <summary>
/// One frame of a link's control connection: 80 bytes, little-endian. Counters are cumulative since the start of the sender.
/// </summary>
/// <param name="Code">A verdict, with Leave and Evict.</param>
/// <param name="SubtreeDone">The sender and everyone fed through it have verified the whole image.</param>
/// <param name="RoomWaitMs">Time the sender's feed waited for room: it was held up from below.</param>
/// <param name="Rate">The sender's best inflow so far while it had room, bytes per second; with a probe result the rate found.</param>
/// <param name="SinkRate">What the sender's sink takes while it is busy, bytes per second; 0 unknown.</param>
/// <param name="Sinks">The sinks of the line on the sender's side of the link, itself included.</param>
internal readonly record struct ControlFrame(
    FrameKind Kind, VerdictCode Code = VerdictCode.None, bool SubtreeDone = false, int Index = -1, long Received = 0, long Verified = 0,
    long Written = 0, long RoomWaitMs = 0, long Rate = 0, long SinkRate = 0, SinkCensus Sinks = default)
{
    public const int Size = 80;

    public void Write(Span<byte> b)
    {
        b[..Size].Clear();
        b[0] = (byte)Kind;
        b[1] = (byte)Code;
        b[2] = (byte)(SubtreeDone ? 1 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(b[4..], Index);
        BinaryPrimitives.WriteInt64LittleEndian(b[8..], Received);
        BinaryPrimitives.WriteInt64LittleEndian(b[16..], Verified);
        BinaryPrimitives.WriteInt64LittleEndian(b[24..], Written);
        BinaryPrimitives.WriteInt64LittleEndian(b[32..], RoomWaitMs);
        BinaryPrimitives.WriteInt64LittleEndian(b[40..], Rate);
        BinaryPrimitives.WriteInt64LittleEndian(b[48..], SinkRate);
        Sinks.Write(b[56..]);
    }

    public static ControlFrame Read(ReadOnlySpan<byte> b) => new((FrameKind)b[0], (VerdictCode)b[1], b[2] == 1,
        BinaryPrimitives.ReadInt32LittleEndian(b[4..]), BinaryPrimitives.ReadInt64LittleEndian(b[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(b[16..]), BinaryPrimitives.ReadInt64LittleEndian(b[24..]),
        BinaryPrimitives.ReadInt64LittleEndian(b[32..]), BinaryPrimitives.ReadInt64LittleEndian(b[40..]),
        BinaryPrimitives.ReadInt64LittleEndian(b[48..]), SinkCensus.Read(b[56..]));
}
