using Microsoft.Win32.SafeHandles;

namespace Kadeploy.Transfer;

/// <summary>
/// Writes the image as it comes to a file or block device ("dd", no compression). A device must exist and be large enough; a file is made.
/// <see cref="Complete"/> returns after fsync(2).
/// </summary>
public sealed class FileSink(string path) : ISink, IReadBack
{
    private SafeFileHandle? _file;
    private long _offset;

    /// <inheritdoc/>
    public void Begin(long length)
    {
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (Devices.IsDevice(path))
            Devices.Refuse(path, Native.SizeOf(_file), length);
        else
            RandomAccess.SetLength(_file, 0);
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> data)
    {
        RandomAccess.Write(_file!, data, _offset);
        Volatile.Write(ref _offset, _offset + data.Length);
    }

    /// <inheritdoc/>
    public int ReadBack(long offset, Span<byte> buffer)
    {
        try
        {
            return _file is { } file && offset + buffer.Length <= Volatile.Read(ref _offset) ? RandomAccess.Read(file, buffer, offset) : 0;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    public void Complete() => RandomAccess.FlushToDisk(_file!);

    /// <inheritdoc/>
    public void Abort()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
