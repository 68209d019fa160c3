using System.Buffers.Binary;

namespace Kadeploy.Transfer;

/// <summary>
/// How many sinks of the line take how much: 16 counts by power of two, from 64 KiB/s on. Each member tells its successor the census of itself and
/// all above, and its predecessor that of itself and all below, so everyone knows the whole line's without anyone being asked.
/// </summary>
/// <param name="Low">Counts of the eight lower classes, one byte each.</param>
/// <param name="High">Counts of the eight upper ones.</param>
internal readonly record struct SinkCensus(ulong Low, ulong High)
{
    public const int Size = 16;
    private const int Classes = 16, Most = byte.MaxValue;

    /// <summary>With one more sink; a rate of 0 is not known and not counted.</summary>
    public SinkCensus With(long bytesPerSecond) => bytesPerSecond <= 0 ? this : Plus(new SinkCensus(0, 0).Set(ClassOf(bytesPerSecond), 1));

    /// <summary>Both together. Where a count would not fit any more, all are halved: the median stays.</summary>
    public SinkCensus Plus(SinkCensus other)
    {
        var halve = false;
        for (var i = 0; i < Classes; i++)
            halve |= Count(i) + other.Count(i) > Most;
        var sum = default(SinkCensus);
        for (var i = 0; i < Classes; i++)
            sum = sum.Set(i, halve ? (Count(i) + other.Count(i) + 1) / 2 : Count(i) + other.Count(i));
        return sum;
    }

    /// <summary>Lower bound of the class of the median sink, bytes per second; the upper one of two; 0 when nobody is counted.</summary>
    public long Median
    {
        get
        {
            var total = 0;
            for (var i = 0; i < Classes; i++)
                total += Count(i);
            for (int i = Classes - 1, seen = 0; i >= 0; i--)
                if ((seen += Count(i)) * 2 >= total && total > 0)
                    return (64L << 10) << i;
            return 0;
        }
    }

    public void Write(Span<byte> b)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(b, Low);
        BinaryPrimitives.WriteUInt64LittleEndian(b[8..], High);
    }

    public static SinkCensus Read(ReadOnlySpan<byte> b) => new(BinaryPrimitives.ReadUInt64LittleEndian(b), BinaryPrimitives.ReadUInt64LittleEndian(b[8..]));

    private static int ClassOf(long rate) => Math.Clamp((int)long.Log2(Math.Max(1, rate >> 16)), 0, Classes - 1);

    private int Count(int i) => (int)((i < 8 ? Low >> (8 * i) : High >> (8 * (i - 8))) & Most);

    private SinkCensus Set(int i, int count) => i < 8
        ? this with { Low = (Low & ~((ulong)Most << (8 * i))) | ((ulong)count << (8 * i)) }
        : this with { High = (High & ~((ulong)Most << (8 * (i - 8)))) | ((ulong)count << (8 * (i - 8))) };
}
