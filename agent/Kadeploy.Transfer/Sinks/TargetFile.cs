using Microsoft.Win32.SafeHandles;

namespace Kadeploy.Transfer;

/// <summary>
/// The file or device a sink writes: refuses what does not fit, leaves runs of zeros out of a file it made itself (it reads as zeros there),
/// and starts the disk early so that the flush at the end is short.
/// </summary>
internal sealed class TargetFile : IDisposable
{
    private const int ZeroRun = 64 << 10, WritebackEvery = 16 << 20;
    private readonly string _path;
    private readonly long _size;
    private readonly bool _device;
    private long _offset, _started;

    public TargetFile(string path)
    {
        _path = path;
        _device = path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);
        if (_device && !File.Exists(path))
            throw new SinkException(Reasons.WriteFailed, $"{path} does not exist");
        Handle = File.OpenHandle(path, _device ? FileMode.Open : FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        _size = _device ? Native.SizeOf(Handle) : long.MaxValue;
    }

    public SafeFileHandle Handle { get; }

    /// <summary>Bytes written so far.</summary>
    public long Offset => Volatile.Read(ref _offset);

    /// <summary>Throws when so many bytes cannot fit.</summary>
    public void Reserve(long length)
    {
        if (length > _size)
            throw new SinkException(Reasons.DiskTooSmall, $"{_path} has {_size} bytes, the image needs {(length == long.MaxValue ? "more" : length.ToString())}");
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        Reserve(_offset + data.Length);
        var at = _offset;
        for (var left = data; !left.IsEmpty;)
        {
            var run = _device ? left : left[..NextBoundary(left)];
            if (_device || run.ContainsAnyExcept((byte)0))
                RandomAccess.Write(Handle, run, at);
            at += run.Length;
            left = left[run.Length..];
        }
        Volatile.Write(ref _offset, at);
        if (at - _started >= WritebackEvery)
        {
            Native.StartWriteback(Handle, _started, at - _started);
            _started = at;
        }
    }

    // One write for a run of pieces that are alike, all zero or not.
    private static int NextBoundary(ReadOnlySpan<byte> data)
    {
        var zero = !data[..Math.Min(ZeroRun, data.Length)].ContainsAnyExcept((byte)0);
        var at = Math.Min(ZeroRun, data.Length);
        while (at < data.Length && !data.Slice(at, Math.Min(ZeroRun, data.Length - at)).ContainsAnyExcept((byte)0) == zero)
            at += Math.Min(ZeroRun, data.Length - at);
        return at;
    }

    /// <summary>Sets the length of a file that ends in zeros, and flushes (fsync(2)).</summary>
    public void Finish()
    {
        if (!_device && RandomAccess.GetLength(Handle) != _offset)
            RandomAccess.SetLength(Handle, _offset);
        RandomAccess.FlushToDisk(Handle);
    }

    public void Dispose() => Handle.Dispose();
}
