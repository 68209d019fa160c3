namespace Kadeploy.Controller.Transfers;

/// <summary>
/// An image on the web as a stream from an offset to its end. A connection that breaks or stalls is made again where it was, for as long as
/// <paramref name="patience"/> without a byte; an image that is another one by then ends it.
/// </summary>
/// <param name="origin">Where it is.</param>
/// <param name="from">First byte wanted.</param>
/// <param name="expected">What it was when it was registered; null to take it as it is now.</param>
/// <param name="time">For the pauses.</param>
/// <param name="patience">How long the server may be away.</param>
internal sealed class OriginStream(HttpOrigin origin, long from, OriginFacts? expected, TimeProvider time, TimeSpan patience) : Stream
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(15);

    private OriginFacts? _facts = expected;
    private HttpResponseMessage? _response;
    private Stream? _body;
    private long _at = from;

    /// <summary>What the server says of the image; null before the first byte.</summary>
    public OriginFacts? Facts => _facts;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _at;
        set => throw new NotSupportedException();
    }

    /// <exception cref="OriginException">It cannot be had, or is another one.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var pause = FirstPause;
        var since = time.GetTimestamp();
        while (true)
        {
            OriginException trouble;
            try
            {
                if (_facts is { } known && _at == known.Length && _body is null)
                    return 0;
                await EnsureOpenAsync(cancellationToken);
                var n = await ReadOnceAsync(buffer, cancellationToken);
                if (n > 0 || _at == _facts!.Length)
                    return Took(n);
                trouble = new OriginException("origin-unreachable", $"{origin.Name}: the server ended it at byte {_at} of {_facts.Length}", again: true);
            }
            catch (OriginException e)
            {
                trouble = e;
            }
            catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                trouble = new OriginException("origin-unreachable", $"{origin.Name}: broke off at byte {_at}: {e.Message}", again: true);
            }
            Drop();
            if (!trouble.Again || time.GetElapsedTime(since) >= patience)
                throw trouble;
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Drop();
        base.Dispose(disposing);
    }

    private async Task EnsureOpenAsync(CancellationToken cancellationToken)
    {
        if (_body is not null)
            return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Stall);
        (_response, var facts) = await origin.OpenAsync(_at, limit.Token);
        if (_facts is { } before && facts != before)
            throw new OriginException("image-changed", $"{origin.Name} is not what it was: {Difference(before, facts)}");
        _facts = facts;
        _body = await _response.Content.ReadAsStreamAsync(cancellationToken);
    }

    private async Task<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Stall);
        return await _body!.ReadAsync(buffer, limit.Token);
    }

    private int Took(int n)
    {
        _at += n;
        return _at <= _facts!.Length
            ? n
            : throw new OriginException("origin-wrong-length", $"{origin.Name}: more bytes came than the {_facts.Length} that the server promised");
    }

    private void Drop()
    {
        _response?.Dispose();
        (_response, _body) = (null, null);
    }

    private static string Difference(OriginFacts before, OriginFacts now) =>
        before.Length != now.Length ? $"it has {now.Length} bytes, {before.Length} were registered" : $"its tag is {now.Tag}, it was {before.Tag} when it was registered";
}
