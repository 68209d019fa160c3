using Kadeploy.Transfer;
using Microsoft.Win32.SafeHandles;

namespace Kadeploy.Controller.Transfers;

/// <summary>
/// An image on the web, read once for all transfers that want it: what comes is checked by its block, kept in a file without a name that lasts as long
/// as this object, and given to every head from there. One connection reads to the end from where the first head is; a head that is far
/// from it (after a restart of the controller) moves it there. A window in memory would not do: a deployment that starts a second
/// later is already a hundred megabytes behind.
/// </summary>
internal sealed class SpooledImage : IImageSource, IDisposable
{
    // Nearer than this, what lies between is read on the way; beyond, a new request is cheaper.
    private const long Near = 64 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly HttpOrigin _origin;
    private readonly OriginFacts _facts;
    private readonly Manifest _manifest;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly SafeFileHandle _spool;
    private readonly bool[] _have;
    private readonly SortedSet<int> _wanted = [];
    private readonly object _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _fetching;
    private OriginException? _failure;

    /// <exception cref="IOException">There is no room for it.</exception>
    public SpooledImage(HttpOrigin origin, OriginFacts facts, Manifest manifest, string folder, TimeProvider time, TimeSpan? patience = null)
    {
        _patience = patience ?? Patience;
        (_origin, _facts, _manifest, _time, _have) = (origin, facts, manifest, time, new bool[manifest.BlockCount]);
        var path = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        _spool = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.None, manifest.Length);
        // Nothing is left behind, however the controller ends.
        File.Delete(path);
        _fetching = Task.Factory.StartNew(Fetch, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public long Length => _manifest.Length;

    /// <summary>Why it cannot be had any more, or null.</summary>
    public OriginException? Failure
    {
        get
        {
            lock (_gate)
                return _failure;
        }
    }

    public int ReadAt(long offset, Span<byte> buffer)
    {
        if (offset >= Length || buffer.IsEmpty)
            return 0;
        var block = (int)(offset / _manifest.BlockSize);
        long end;
        lock (_gate)
        {
            while (!_have[block])
            {
                if (_failure is { } failure)
                    throw new OriginException(failure.Reason, failure.Message);
                ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
                _wanted.Add(block);
                Monitor.PulseAll(_gate);
                Monitor.Wait(_gate);
            }
            var last = block;
            while (last + 1 < _have.Length && _have[last + 1] && (long)(last + 1) * _manifest.BlockSize - offset < buffer.Length)
                last++;
            end = Math.Min(Length, (long)(last + 1) * _manifest.BlockSize);
        }
        return RandomAccess.Read(_spool, buffer[..(int)Math.Min(buffer.Length, end - offset)], offset);
    }

    public void Dispose()
    {
        _stop.Cancel();
        lock (_gate)
            Monitor.PulseAll(_gate);
        _fetching.Wait();
        _spool.Dispose();
        _stop.Dispose();
    }

    private void Fetch()
    {
        OriginStream? stream = null;
        try
        {
            var buffer = new byte[_manifest.BlockSize];
            var next = 0;
            while (Choose(stream is not null, next) is var block and >= 0)
            {
                if (stream is null || block != next)
                {
                    stream?.Dispose();
                    stream = new OriginStream(_origin, (long)block * _manifest.BlockSize, _facts, _time, _patience);
                }
                if (!Read(stream, block, buffer))
                {
                    // Once more over a new connection: it may have been the way, not the image.
                    stream.Dispose();
                    stream = new OriginStream(_origin, (long)block * _manifest.BlockSize, _facts, _time, _patience);
                    if (!Read(stream, block, buffer))
                        throw new OriginException("image-digest-mismatch", $"{_origin.Name}: block {block} is not what was registered, though the server says that it is the same");
                }
                RandomAccess.Write(_spool, buffer.AsSpan(0, _manifest.LengthOf(block)), (long)block * _manifest.BlockSize);
                next = block + 1;
                lock (_gate)
                {
                    _have[block] = true;
                    _wanted.Remove(block);
                    Monitor.PulseAll(_gate);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            lock (_gate)
            {
                _failure = e as OriginException ?? new OriginException("image-unreadable", e.Message);
                Monitor.PulseAll(_gate);
            }
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>The block to read now, waiting for one that is wanted when there is nothing to read on the way; -1 at the end.</summary>
    private int Choose(bool reading, int next)
    {
        lock (_gate)
        {
            while (!_stop.IsCancellationRequested)
            {
                var ahead = reading && next < _have.Length && !_have[next];
                if (_wanted.Count > 0)
                {
                    var wanted = _wanted.Min;
                    return ahead && wanted >= next && (long)(wanted - next) * _manifest.BlockSize <= Near ? next : wanted;
                }
                if (ahead)
                    return next;
                Monitor.Wait(_gate);
            }
            return -1;
        }
    }

    private bool Read(OriginStream stream, int block, byte[] buffer)
    {
        var bytes = buffer.AsMemory(0, _manifest.LengthOf(block));
        stream.ReadExactlyAsync(bytes, _stop.Token).AsTask().GetAwaiter().GetResult();
        return _manifest.Matches(block, bytes.Span);
    }
}
