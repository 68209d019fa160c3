namespace Kadeploy.Transfer;

/// <summary>
/// Writes a compressed disk or partition image decompressed to a file or block device, in large aligned writes; <see cref="Complete"/> returns
/// after fsync(2). The decompressor is a program of its own, so that it has a processor of its own.
/// </summary>
/// <param name="path">Device (under /dev) or file.</param>
/// <param name="compression">Not <see cref="Compression.None"/>: that is <see cref="FileSink"/>; <see cref="Create"/> chooses.</param>
/// <param name="programs">Paths and deadline, or null for the defaults.</param>
public sealed class DecompressedSink(string path, Compression compression, SinkPrograms? programs = null) : ISink
{
    private const int WriteSize = 1 << 20;
    private readonly SinkPrograms _programs = programs ?? new();
    private readonly object _gate = new();
    private ChildProcess? _decompressor;
    private TargetFile? _file;
    private Thread? _writer;
    private volatile SinkException? _failure;
    private bool _aborted;

    /// <summary>The sink for an image of this compression.</summary>
    public static ISink Create(string path, Compression compression, SinkPrograms? programs = null) =>
        compression == Compression.None ? new FileSink(path) : new DecompressedSink(path, compression, programs);

    /// <summary>Bytes written to the target so far.</summary>
    public long Expanded => _file?.Offset ?? 0;

    /// <inheritdoc/>
    public void Begin(long length)
    {
        _file = new TargetFile(path);
        lock (_gate)
        {
            if (_aborted)
                throw new SinkException(Reasons.Cancelled, "aborted");
            _decompressor = ChildProcess.Start(_programs.Decompressor(compression), SinkPrograms.DecompressArguments(compression), input: true, output: true);
        }
        _decompressor.OutputPath(); // enlarges the pipe
        _writer = Threads.Start("sink-write", Write);
    }

    // Reads whole buffers so that every write is large and aligned, whatever pieces the decompressor makes.
    private void Write()
    {
        var buffer = GC.AllocateUninitializedArray<byte>(WriteSize, pinned: true);
        try
        {
            int n;
            do
            {
                n = _decompressor!.Output.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                _file!.Append(buffer.AsSpan(0, n));
            }
            while (n == buffer.Length);
        }
        catch (SinkException e)
        {
            _failure = e;
            _decompressor!.Kill();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _failure = new SinkException(Reasons.WriteFailed, e.Message);
            _decompressor!.Kill();
        }
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> data)
    {
        try
        {
            _decompressor!.Input.Write(data);
        }
        catch (IOException)
        {
            _writer!.Join(TimeSpan.FromSeconds(5));
            throw _failure ?? new SinkException(Reasons.ExtractFailed, _decompressor!.Wait(TimeSpan.FromSeconds(5)) ?? "data after the end of the compressed image");
        }
    }

    /// <inheritdoc/>
    public void Complete()
    {
        _decompressor!.Input.Dispose();
        if (!_writer!.Join(_programs.Deadline))
            _decompressor.Kill();
        var why = _decompressor.Wait(TimeSpan.FromSeconds(10));
        if ((_failure ?? (why is null ? null : new SinkException(Reasons.ExtractFailed, why))) is { } failure)
            throw failure;
        _file!.Finish();
    }

    /// <inheritdoc/>
    public string DiskSerial => Transfer.DiskSerial.Of(path);

    /// <inheritdoc/>
    public void Abort()
    {
        lock (_gate)
        {
            _aborted = true;
            _decompressor?.Kill();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _decompressor?.Dispose();
        _writer?.Join(TimeSpan.FromSeconds(5));
        _file?.Dispose();
    }
}
