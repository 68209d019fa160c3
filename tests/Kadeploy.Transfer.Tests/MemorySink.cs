namespace Kadeploy.Transfer.Tests;

/// <summary>Keeps what it is given; can be told to be slow.</summary>
internal sealed class MemorySink : ISink
{
    private readonly MemoryStream _content = new();

    public bool Completed { get; private set; }

    public bool Aborted { get; private set; }

    public Action<long>? BeforeAppend { get; set; }

    /// <summary>0 for as fast as it goes.</summary>
    public double BytesPerSecond { get; set; }

    public ReadOnlySpan<byte> Content => _content.GetBuffer().AsSpan(0, (int)_content.Length);

    public void Begin(long length) => _content.Capacity = (int)length;

    public void Append(ReadOnlySpan<byte> data)
    {
        BeforeAppend?.Invoke(_content.Length);
        if (BytesPerSecond > 0)
            Thread.Sleep(TimeSpan.FromSeconds(data.Length / BytesPerSecond));
        _content.Write(data);
    }

    public void Complete() => Completed = true;

    public void Abort() => Aborted = true;

    public void Dispose()
    {
    }
}
