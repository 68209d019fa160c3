using Microsoft.Win32.SafeHandles;

namespace Kadeploy.Transfer;

/// <summary>An image in a file. Dispose after the transfers that use it have ended.</summary>
public sealed class FileImageSource : IImageSource, IDisposable
{
    private readonly SafeFileHandle _file;

    /// <summary>Opens the file; throws what <see cref="File.OpenHandle"/> throws.</summary>
    public FileImageSource(string path)
    {
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
        Length = RandomAccess.GetLength(_file);
    }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public int ReadAt(long offset, Span<byte> buffer) => RandomAccess.Read(_file, buffer, offset);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
