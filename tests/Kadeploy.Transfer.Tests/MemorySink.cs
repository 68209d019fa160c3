namespace Kadeploy.Transfer.Tests;

/// <summary>Keeps what it is given; can be told to be slow.</summary>
internal sealed class MemorySink : ISink
{
    private byte[] _content = [];
    private int _length;

    public bool Completed { get; private set; }

    public bool Aborted { get; private set; }

    public Action<long>? BeforeAppend { get; set; }

    /// <summary>0 for as fast as it goes.</summary>
    public double BytesPerSecond { get; set; }

    /// <summary>What was given so far; any thread.</summary>
    public ReadOnlySpan<byte> Content
    {
        get
        {
            var length = Volatile.Read(ref _length);
            return _content.AsSpan(0, length);
        }
    }

    public void Begin(long length) => _content = new byte[length];

    public void Append(ReadOnlySpan<byte> data)
    {
        BeforeAppend?.Invoke(_length);
        if (BytesPerSecond > 0)
            for (var left = data.Length / BytesPerSecond; left > 0 && !Aborted; left -= 0.05)
                Thread.Sleep(TimeSpan.FromSeconds(Math.Min(left, 0.05)));
        data.CopyTo(_content.AsSpan(_length));
        Volatile.Write(ref _length, _length + data.Length);
    }

    public void Complete() => Completed = true;

    public void Abort() => Aborted = true;

    public void Dispose()
    {
    }
}
