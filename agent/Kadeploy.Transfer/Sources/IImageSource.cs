namespace Kadeploy.Transfer;

/// <summary>
/// Where the head reads the image. Called by several threads at once. <see cref="FileImageSource"/> is the usual one; it leaves "one read
/// for everyone" to the page cache, other sources keep their own window.
/// </summary>
public interface IImageSource
{
    /// <summary>Length of the image in bytes.</summary>
    long Length { get; }

    /// <summary>
    /// Fills the start of <paramref name="buffer"/> with bytes from <paramref name="offset"/> on; returns how many (at least 1 unless the
    /// image ends there). Throws <see cref="IOException"/> when they cannot be had.
    /// </summary>
    int ReadAt(long offset, Span<byte> buffer);
}
