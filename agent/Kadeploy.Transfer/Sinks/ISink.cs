namespace Kadeploy.Transfer;

/// <summary>
/// Where a node puts the image. Called by one thread, in order, with verified bytes only. Every member may throw
/// <see cref="SinkException"/> (or <see cref="IOException"/>), which becomes this node's verdict and costs the others nothing.
/// </summary>
public interface ISink : IDisposable
{
    /// <summary>Called once before the first byte with the length of the image as sent; the place to refuse.</summary>
    void Begin(long length);

    /// <summary>Takes the next bytes of the image.</summary>
    void Append(ReadOnlySpan<byte> data);

    /// <summary>Serial number of the disk written to, for the proof; empty when there is none. Asked once, after <see cref="Complete"/>.</summary>
    string DiskSerial => "";

    /// <summary>All bytes were given: finish and flush. When it returns, the data is safe.</summary>
    void Complete();

    /// <summary>The transfer failed: stop quickly, kill children. Called from another thread at any time; must not throw.</summary>
    void Abort();
}
