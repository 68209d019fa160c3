namespace Kadeploy.Transfer;

/// <summary>
/// Writes the image as it comes to a file or block device ("dd", no compression). A device (a path under /dev) must exist and be large enough;
/// a file is made anew, with its runs of zeros left out. <see cref="Complete"/> returns after fsync(2). What was written can be served to others.
/// </summary>
public sealed class FileSink(string path) : ISink, IReadBack
{
    private TargetFile? _file;

    /// <inheritdoc/>
    public void Begin(long length)
    {
        _file = new TargetFile(path);
        _file.Reserve(length);
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> data) => _file!.Append(data);

    /// <inheritdoc/>
    public int ReadBack(long offset, Span<byte> buffer)
    {
        try
        {
            return _file is { } file && offset + buffer.Length <= file.Offset ? RandomAccess.Read(file.Handle, buffer, offset) : 0;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    public void Complete() => _file!.Finish();

    /// <inheritdoc/>
    public string DiskSerial => Transfer.DiskSerial.Of(path);

    /// <inheritdoc/>
    public void Abort()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
