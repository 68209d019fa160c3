using Microsoft.Win32.SafeHandles;

namespace Kadeploy.Transfer;

/// <summary>
/// The file or device a sink writes: refuses what does not fit, writes no runs of zeros, and starts the disk early so that the flush at the end is
/// short. A file it made itself reads as zeros where nothing was written. A device has old content: there it is the device that is told to read as
/// zeros (discard), and where it cannot do that the zeros are written.
/// </summary>
internal sealed class TargetFile : IDisposable
{
    private const int ZeroRun = 64 << 10, WritebackEvery = 16 << 20, MostPending = 64 << 20;
    private static readonly byte[] Zeros = new byte[256 << 10];
    private readonly string _path;
    private readonly long _size;
    private readonly bool _device;
    private long _offset, _started, _zeros;
    private bool _canPunch;

    public TargetFile(string path)
    {
        _path = path;
        _device = path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);
        if (_device && !File.Exists(path))
            throw new SinkException(Reasons.WriteFailed, $"{path} does not exist");
        Handle = File.OpenHandle(path, _device ? FileMode.Open : FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        _size = _device ? Native.SizeOf(Handle) : long.MaxValue;
        _canPunch = _device;
    }

    public SafeFileHandle Handle { get; }

    /// <summary>Bytes on the target so far; zeros that may go on are not counted yet.</summary>
    public long Offset => Volatile.Read(ref _offset);

    /// <summary>Throws when so many bytes cannot fit.</summary>
    public void Reserve(long length)
    {
        if (length > _size)
            throw new SinkException(Reasons.DiskTooSmall, $"{_path} has {_size} bytes, the image needs {(length == long.MaxValue ? "more" : length.ToString())}");
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        Reserve(_offset + _zeros + data.Length);
        for (var left = data; !left.IsEmpty;)
        {
            var run = left[..NextBoundary(left)];
            left = left[run.Length..];
            // Pieces of a whole run length only: what is punched must be a multiple of any sector.
            if (!run.ContainsAnyExcept((byte)0) && run.Length % ZeroRun == 0 && _offset % ZeroRun == 0)
                _zeros += run.Length;
            else
                Write(run);
            if (_zeros >= MostPending)
                EndZeros();
        }
    }

    private void Write(ReadOnlySpan<byte> run)
    {
        EndZeros();
        RandomAccess.Write(Handle, run, _offset);
        Advance(run.Length);
    }

    // A run of zeros has come to its end: it reads as zeros from now on.
    private void EndZeros()
    {
        if (_zeros == 0)
            return;
        if (_device && !(_canPunch && (_canPunch = Native.PunchHole(Handle, _offset, _zeros))))
            for (long done = 0; done < _zeros; done += Zeros.Length)
                RandomAccess.Write(Handle, Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, _zeros - done)), _offset + done);
        Advance(_zeros);
        _zeros = 0;
    }

    private void Advance(long bytes)
    {
        Volatile.Write(ref _offset, _offset + bytes);
        if (_offset - _started < WritebackEvery)
            return;
        Native.StartWriteback(Handle, _started, _offset - _started);
        _started = _offset;
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
        EndZeros();
        if (!_device && RandomAccess.GetLength(Handle) != _offset)
            RandomAccess.SetLength(Handle, _offset);
        RandomAccess.FlushToDisk(Handle);
    }

    public void Dispose() => Handle.Dispose();
}
