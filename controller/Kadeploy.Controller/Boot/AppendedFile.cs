namespace Kadeploy.Controller.Boot;

/// <summary>A file with some bytes behind its end, to be read only, from anywhere: ranges are served from it.</summary>
internal sealed class AppendedFile : Stream
{
    private readonly FileStream _file;
    private readonly byte[] _tail;
    private readonly long _fileLength;
    private long _position;

    /// <param name="path">The file.</param>
    /// <param name="tail">What is appended, by the file's length.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public AppendedFile(string path, Func<long, byte[]> tail)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        // It may be replaced while it is sent; the descriptor stays with the old one.
        _fileLength = _file.Length;
        _tail = tail(_fileLength);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _fileLength + _tail.Length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        if (_position < _fileLength)
        {
            _file.Position = _position;
            read = await _file.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _fileLength - _position)], cancellationToken);
        }
        else
        {
            var rest = _tail.AsSpan((int)Math.Min(_position - _fileLength, _tail.Length));
            read = Math.Min(rest.Length, buffer.Length);
            rest[..read].CopyTo(buffer.Span);
        }
        _position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }
}
