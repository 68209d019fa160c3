namespace Kadeploy.Controller.Transfers;

/// <summary>Reads a stream and writes down what was read, so that one pass makes both a manifest and a file. Its reads block: for a thread of its own.</summary>
internal sealed class CopyingStream(Stream source, Stream copy, CancellationToken cancellationToken) : Stream
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private readonly byte[] _start = new byte[8];
    private int _started;

    /// <summary>The first bytes that came, eight at most.</summary>
    public ReadOnlySpan<byte> Start => _start.AsSpan(0, _started);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        // A request's body can be read asynchronously only.
        var n = source.ReadAsync(_buffer.AsMemory(0, Math.Min(buffer.Length, _buffer.Length)), cancellationToken).AsTask().GetAwaiter().GetResult();
        var read = _buffer.AsSpan(0, n);
        copy.Write(read);
        read.CopyTo(buffer);
        var missing = Math.Min(_start.Length - _started, n);
        read[..missing].CopyTo(_start.AsSpan(_started));
        _started += missing;
        return n;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
