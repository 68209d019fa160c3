using Kadeploy.Controller.Cache;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Transfers;

/// <summary>An image in the cache, which stays there for as long as this object lasts.</summary>
internal sealed class CachedImage : IImageSource, IDisposable
{
    private readonly CacheLease _lease;
    private readonly FileImageSource _file;

    /// <exception cref="IOException">It cannot be read.</exception>
    public CachedImage(CacheLease lease)
    {
        _lease = lease;
        try
        {
            _file = new FileImageSource(lease.Path);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    public long Length => _file.Length;

    public int ReadAt(long offset, Span<byte> buffer) => _file.ReadAt(offset, buffer);

    public void Dispose()
    {
        _file.Dispose();
        _lease.Dispose();
    }
}
