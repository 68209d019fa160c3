namespace Kadeploy.Transfer;

/// <summary>Gives verified bytes to the sink, in order, on a thread of its own. After the sink failed it only lets the ring go on.</summary>
internal sealed class SinkPump(Ring ring, ISink sink, TimeProvider time)
{
    // A ring full at once would be minutes of a sink that takes little, and nobody would know before it was over.
    private const int Piece = Manifest.DefaultBlockSize;

    private long _written, _busyTicks, _markBytes, _markTicks, _rate;
    private volatile TransferFailure? _failure;

    public long Written => Volatile.Read(ref _written);

    public TransferFailure? Failure => _failure;

    /// <summary>Bytes per second the sink takes while busy, over its last tenth of a second of work or quarter of a ring; 0 before that.</summary>
    public long Rate => Volatile.Read(ref _rate);

    /// <summary>Returns when all bytes were given and flushed, or the sink failed and the ring is used up, or the ring was closed.</summary>
    public void Run(Action failed)
    {
        Try(() => sink.Begin(ring.Length), failed);
        var at = 0L;
        while (at < ring.Length)
        {
            if (ring.Verified <= at && !ring.VerifiedMoved.Wait(() => ring.Closed || ring.Verified > at, 1000))
                continue;
            if (ring.Closed)
                return;
            ring.TryView(at, Math.Min(ring.Verified, at + Piece), out var data);
            if (_failure is null)
                Append(data, failed);
            at += data.Length;
            ring.MarkSunk(at);
        }
        if (_failure is null)
            Try(sink.Complete, failed);
    }

    private void Append(ReadOnlySpan<byte> data, Action failed)
    {
        var start = time.GetTimestamp();
        try
        {
            sink.Append(data);
            Volatile.Write(ref _written, _written + data.Length);
        }
        catch (Exception e) when (Expected(e))
        {
            Fail(e, failed);
        }
        _busyTicks += time.GetTimestamp() - start;
        var busy = (_busyTicks - _markTicks) / (double)time.TimestampFrequency;
        // A fast sink behind a slow one gets no more than a ring to show what it can.
        if (busy < 0.1 && _written - _markBytes < ring.Capacity / 4)
            return;
        Volatile.Write(ref _rate, (long)((_written - _markBytes) / Math.Max(busy, 1e-6)));
        (_markBytes, _markTicks) = (_written, _busyTicks);
    }

    private void Try(Action action, Action failed)
    {
        try
        {
            action();
        }
        catch (Exception e) when (Expected(e))
        {
            Fail(e, failed);
        }
    }

    private void Fail(Exception e, Action failed)
    {
        _failure = new TransferFailure(Party.Sink, (e as SinkException)?.Reason ?? Reasons.WriteFailed, e.Message);
        failed();
    }

    private static bool Expected(Exception e) => e is SinkException or IOException or UnauthorizedAccessException or ObjectDisposedException;
}
