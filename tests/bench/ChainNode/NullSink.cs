namespace Kadeploy.ChainNode;

/// <summary>Throws the verified bytes away.</summary>
internal sealed class NullSink : ISink
{
    public void Begin(long length)
    {
    }

    public void Append(ReadOnlySpan<byte> data)
    {
    }

    public void Complete()
    {
    }

    public void Abort()
    {
    }

    public void Dispose()
    {
    }
}
