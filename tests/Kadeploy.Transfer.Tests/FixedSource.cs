namespace Kadeploy.Transfer.Tests;

/// <summary>An image in memory; counts what is read of it.</summary>
internal sealed class FixedSource(byte[] image) : IImageSource
{
    private long _given;

    public long Length => image.Length;

    public long Given => Volatile.Read(ref _given);

    public int ReadAt(long offset, Span<byte> buffer)
    {
        var n = (int)Math.Min(buffer.Length, image.Length - offset);
        Interlocked.Add(ref _given, n);
        image.AsSpan((int)offset, n).CopyTo(buffer);
        return n;
    }
}
