namespace Kadeploy.Transfer.Tests;

/// <summary>An image in memory.</summary>
internal sealed class FixedSource(byte[] image) : IImageSource
{
    public long Length => image.Length;

    public int ReadAt(long offset, Span<byte> buffer)
    {
        var n = (int)Math.Min(buffer.Length, image.Length - offset);
        image.AsSpan((int)offset, n).CopyTo(buffer);
        return n;
    }
}
