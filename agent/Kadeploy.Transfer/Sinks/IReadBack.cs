namespace Kadeploy.Transfer;

/// <summary>A sink whose written bytes can be read again as they were sent, so that the node can serve them to late or returning ones.</summary>
public interface IReadBack
{
    /// <summary>Reads bytes that <see cref="ISink.Append"/> has accepted; returns the count, 0 when they cannot be had. Any thread.</summary>
    int ReadBack(long offset, Span<byte> buffer);
}
