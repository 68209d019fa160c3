using Kadeploy.Transfer;

namespace Kadeploy.Controller.Transfers;

/// <summary>One transfer's part in a source that others may read as well.</summary>
internal sealed class ImageLease(IImageSource source, Action close) : IImageSource, IDisposable
{
    private Action? _close = close;
    private long _fed;

    public long Length => source.Length;

    /// <summary>Bytes that this transfer's head has read, what it read twice counted twice.</summary>
    public long Fed => Interlocked.Read(ref _fed);

    /// <summary>Why an image on the web cannot be had any more, or null.</summary>
    public OriginException? Failure => (source as SpooledImage)?.Failure;

    public int ReadAt(long offset, Span<byte> buffer)
    {
        var n = source.ReadAt(offset, buffer);
        Interlocked.Add(ref _fed, n);
        return n;
    }

    public void Dispose() => Interlocked.Exchange(ref _close, null)?.Invoke();
}
