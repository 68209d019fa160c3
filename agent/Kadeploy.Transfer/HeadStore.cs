namespace Kadeploy.Transfer;

/// <summary>The head's image. A read error ends the connection that needed it and is told once.</summary>
internal sealed class HeadStore(IImageSource source, long length, Action<Exception> failed) : IStore
{
    public long Length => length;

    public long Reached => 0;

    public Taken Take(long offset, bool verified, ref byte[] scratch, int milliseconds, out ReadOnlySpan<byte> data)
    {
        data = default;
        try
        {
            var n = source.ReadAt(offset, IStore.Room(ref scratch));
            if (n <= 0)
                throw new EndOfStreamException($"the image ends at {offset}, its manifest says later");
            data = scratch.AsSpan(0, n);
            return Taken.Data;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            failed(e);
            return Taken.Closed;
        }
    }

    public void Await(long offset, int milliseconds)
    {
    }

    public long LowestFrom(long offset) => offset;

    public int CulpritOf(int block) => -1;
}
