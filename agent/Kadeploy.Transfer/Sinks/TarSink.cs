namespace Kadeploy.Transfer;

/// <summary>
/// Extracts a (compressed) tar archive into a directory with the real tar: numeric owners, permissions, extended attributes, access lists,
/// links, devices, sparse files. <see cref="Complete"/> returns after syncfs(2). Needs root for owners and devices.
/// </summary>
/// <param name="directory">Existing target, e.g. the mounted root file system.</param>
/// <param name="compression">How the archive is compressed; <see cref="Compression.None"/> feeds tar directly.</param>
/// <param name="programs">Paths and deadline, or null for the defaults.</param>
public sealed class TarSink(string directory, Compression compression, SinkPrograms? programs = null) : ISink
{
    private readonly SinkPrograms _programs = programs ?? new();
    private readonly object _gate = new();
    private ChildProcess? _tar, _decompressor;
    private bool _aborted;

    /// <inheritdoc/>
    public void Begin(long length)
    {
        if (!Directory.Exists(directory))
            throw new SinkException(Reasons.WriteFailed, $"{directory} does not exist");
        lock (_gate)
        {
            if (_aborted)
                throw new SinkException(Reasons.Cancelled, "aborted");
            if (compression != Compression.None)
                _decompressor = ChildProcess.Start(_programs.Decompressor(compression), SinkPrograms.DecompressArguments(compression), input: true, output: true);
            // tar opens the decompressor's pipe itself, so that nothing is copied through this process and no shell is needed.
            var archive = _decompressor?.OutputPath() ?? "-";
            _tar = ChildProcess.Start(_programs.Tar,
                ["-x", "-p", "-f", archive, "--numeric-owner", "--same-owner", "--xattrs", "--xattrs-include=*", "--acls", "--force-local", "-C", directory],
                input: _decompressor is null, output: false);
        }
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> data)
    {
        try
        {
            (_decompressor ?? _tar)!.Input.Write(data);
        }
        catch (IOException)
        {
            throw Broken();
        }
        // A decompressor whose reader died would block for ever: this process holds the pipe's other end open too.
        if (_decompressor is not null && _tar!.Ended && _tar.Wait(TimeSpan.FromSeconds(5)) is { } why)
            throw new SinkException(Reasons.ExtractFailed, why);
    }

    /// <inheritdoc/>
    public void Complete()
    {
        try
        {
            (_decompressor ?? _tar)!.Input.Dispose();
        }
        catch (IOException)
        {
            throw Broken();
        }
        var deadline = _programs.Deadline;
        var tar = _tar!.Wait(deadline);
        // tar may stop at the end marker before the last padding: then the rest is drained here.
        var rest = _decompressor is null ? null : Drain(_decompressor);
        if ((tar, rest) is not (null, null))
            throw new SinkException(Reasons.ExtractFailed, string.Join("; ", new[] { rest, tar }.OfType<string>()));
        Native.SyncFileSystem(directory);
    }

    private string? Drain(ChildProcess decompressor)
    {
        var buffer = new byte[64 << 10];
        while (decompressor.Output.Read(buffer) > 0)
        {
        }
        return decompressor.Wait(_programs.Deadline);
    }

    private SinkException Broken()
    {
        var wait = TimeSpan.FromSeconds(5);
        var why = new[] { _decompressor?.Wait(wait), _tar?.Wait(wait) }.OfType<string>();
        return new SinkException(Reasons.ExtractFailed, string.Join("; ", why) is { Length: > 0 } text ? text : "tar closed its input early");
    }

    /// <inheritdoc/>
    public string DiskSerial => Transfer.DiskSerial.Of(directory);

    /// <inheritdoc/>
    public void Abort()
    {
        lock (_gate)
        {
            _aborted = true;
            _decompressor?.Kill();
            _tar?.Kill();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _decompressor?.Dispose();
        _tar?.Dispose();
    }
}
