using System.Text;

namespace Kadeploy.Agent.Processes;

/// <summary>Keeps the last bytes of a stream, so that a program that talks for ever costs no more than one that says a line.</summary>
internal sealed class OutputTail(int limit)
{
    private readonly byte[] _ring = new byte[limit];
    private long _total;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes.Length > limit ? bytes[^limit..] : bytes)
            _ring[_total++ % limit] = value;
    }

    public override string ToString()
    {
        if (_total <= limit)
            return Encoding.UTF8.GetString(_ring, 0, (int)_total);
        var start = (int)(_total % limit);
        return "..." + Encoding.UTF8.GetString([.. _ring[start..], .. _ring[..start]]);
    }
}
